#include "spec/codes.h"

namespace autocache::spec {
namespace {

constexpr Code kCodes[] = {
    {code::kKind, "there is no such version or kind"},
    {code::kType, "a value has the wrong type"},
    {code::kAmbiguous, "kubectl and other tools read a scalar differently"},
    {code::kUnknownField, "a field does not exist"},
    {code::kRequired, "a required field is missing"},
    {code::kEnum, "a value is none of those that are allowed"},
    {code::kRange, "a number is out of range"},
    {code::kSize, "a text, list or map is too short or too long"},
    {code::kPattern, "a text does not have the required form"},
    {code::kQuantity, "a text is no Kubernetes quantity"},
    {code::kDuration, "a text is no duration"},
    {code::kMemorySize, "a text is no memory size of the server"},
    {code::kDnsName, "a text is no DNS label or name"},
    {code::kLabelKey, "a key of a label or annotation is not valid"},
    {code::kLabelValue, "a label value is not valid"},
    {code::kImage, "a text is no image reference"},
    {code::kCron, "a text is no schedule"},
    {code::kEnvName, "a text is no name of an environment variable"},
    {code::kPath, "a text is no absolute path"},
    {code::kOneOf, "not exactly one of several fields is given"},
    {code::kDuplicateKey, "two items of a list have the same key"},
    {code::kSchemaRule, "a rule of the schema between fields is broken"},
    {code::kNullEntry, "an entry of a map has no value and is dropped"},
    {code::kMetadataDropped, "a field of the metadata is dropped"},
    {code::kAnnotationSize, "the annotations are too large together"},
    {code::kNamespace, "the namespace is not the one that was asked for"},
    {code::kIdentity, "two objects have the same identity"},
    {code::kSetArgument, "the argument of --set cannot be read"},
    {code::kSetPath, "the path of --set leads nowhere"},
};

}  // namespace

std::span<const Code> codes() {
  return kCodes;
}

}  // namespace autocache::spec
