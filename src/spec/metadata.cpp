#include "spec/metadata.h"

#include "base/json.h"
#include "spec/codes.h"
#include "spec/say.h"

#include <algorithm>
#include <array>

namespace autocache::spec {
namespace {

/// What the API server adds to every object; it means nothing in a source.
constexpr std::array<std::string_view, 8> kServerFields{
    "creationTimestamp", "deletionGracePeriodSeconds",
    "deletionTimestamp", "generation",
    "managedFields",     "resourceVersion",
    "selfLink",          "uid"};
/// What a user may have meant, and we do not carry over.
constexpr std::array<std::string_view, 3> kDroppedFields{"finalizers", "generateName",
                                                         "ownerReferences"};
constexpr std::string_view kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/// apimachinery pkg/api/validation TotalAnnotationSizeLimitB.
constexpr std::size_t kMostAnnotationBytes = 256 * 1024;

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool read_metadata(Walk& walk,
                   const Schema& schema,
                   const yaml::Node& node,
                   const Frame& frame,
                   const LoadOptions& options,
                   Resource& resource) {
  // The walk gets a copy without what is dropped, so that it finds only fields that it knows.
  yaml::Node kept;
  kept.kind = node.kind;
  kept.at = node.at;
  for (const auto& member : node.members) {
    if (contains(kDroppedFields, member.key)) {
      walk.warning(code::kMetadataDropped, member.key_at, {&frame, member.key},
                   "is dropped; autocache does not carry it over");
    } else if (!contains(kServerFields, member.key)) {
      kept.members.push_back(member);
      if (member.key == "annotations") {
        auto& annotations = kept.members.back().value.members;
        std::erase_if(annotations, [](const auto& entry) { return entry.key == kLastApplied; });
      }
    }
  }
  Json metadata;
  Json written;
  if (!walk.read(schema, kept, frame, metadata, written)) {
    return false;
  }
  resource.name = metadata.value("name", "");
  resource.name_space = metadata.value("namespace", "");
  if (!options.name_space.empty()) {
    if (!resource.name_space.empty() && resource.name_space != options.name_space) {
      const auto* place = node.find("namespace");
      walk.error(code::kNamespace, place != nullptr ? place->at : node.at, {&frame, "namespace"},
                 "is " + in_quotes(resource.name_space) + ", but namespace " +
                     in_quotes(options.name_space) + " was asked for");
      return false;
    }
    resource.name_space = options.name_space;
  }
  std::size_t size = 0;
  if (const auto annotations = metadata.find("annotations"); annotations != metadata.end()) {
    for (const auto& entry : annotations->items()) {
      size += entry.key().size() + entry.value().get_ref<const std::string&>().size();
    }
  }
  Position annotations_at = node.at;
  for (const auto& member : node.members) {
    if (member.key == "annotations") annotations_at = member.key_at;
  }
  if (size > kMostAnnotationBytes) {
    walk.error(code::kAnnotationSize, annotations_at, {&frame, "annotations"},
               "hold " + std::to_string(size) + " bytes; at most " +
                   std::to_string(kMostAnnotationBytes) + " are allowed");
    return false;
  }
  resource.object["metadata"] = std::move(metadata);
  resource.written["metadata"] = std::move(written);
  return true;
}

}  // namespace autocache::spec
