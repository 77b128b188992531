#pragma once

// The codes of the diagnostics that reading a spec can give: AC02xx for what the schema of one
// field says, AC03xx for rules between fields. A code keeps its meaning for ever; one that is no
// longer used is not used again.

#include <span>
#include <string_view>

namespace autocache::spec {

struct Code {
  std::string_view code;
  std::string_view summary;
};

/// All codes of this module in order, for docs/diagnostics.md and SARIF.
std::span<const Code> codes();

namespace code {

inline constexpr std::string_view kKind = "AC0201";
inline constexpr std::string_view kType = "AC0202";
inline constexpr std::string_view kAmbiguous = "AC0203";
inline constexpr std::string_view kUnknownField = "AC0204";
inline constexpr std::string_view kRequired = "AC0205";
inline constexpr std::string_view kEnum = "AC0206";
inline constexpr std::string_view kRange = "AC0207";
inline constexpr std::string_view kSize = "AC0208";
inline constexpr std::string_view kPattern = "AC0209";
inline constexpr std::string_view kQuantity = "AC0210";
inline constexpr std::string_view kDuration = "AC0211";
inline constexpr std::string_view kMemorySize = "AC0212";
inline constexpr std::string_view kDnsName = "AC0213";
inline constexpr std::string_view kLabelKey = "AC0214";
inline constexpr std::string_view kLabelValue = "AC0215";
inline constexpr std::string_view kImage = "AC0216";
inline constexpr std::string_view kCron = "AC0217";
inline constexpr std::string_view kEnvName = "AC0218";
inline constexpr std::string_view kPath = "AC0219";
inline constexpr std::string_view kOneOf = "AC0220";
inline constexpr std::string_view kDuplicateKey = "AC0221";
inline constexpr std::string_view kSchemaRule = "AC0222";
inline constexpr std::string_view kNullEntry = "AC0223";
inline constexpr std::string_view kMetadataDropped = "AC0224";
inline constexpr std::string_view kAnnotationSize = "AC0225";
inline constexpr std::string_view kNamespace = "AC0226";
inline constexpr std::string_view kIdentity = "AC0227";
inline constexpr std::string_view kSetArgument = "AC0228";
inline constexpr std::string_view kSetPath = "AC0229";

}  // namespace code

}  // namespace autocache::spec
