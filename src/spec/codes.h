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

inline constexpr std::string_view kName = "AC0301";
inline constexpr std::string_view kNameClash = "AC0302";
inline constexpr std::string_view kPort = "AC0303";
inline constexpr std::string_view kContainerPort = "AC0304";
inline constexpr std::string_view kBusPort = "AC0305";
inline constexpr std::string_view kRequest = "AC0306";
inline constexpr std::string_view kMaxMemory = "AC0307";
inline constexpr std::string_view kMemoryHeadroom = "AC0308";
inline constexpr std::string_view kMaxMemoryMissing = "AC0309";
inline constexpr std::string_view kDirectiveText = "AC0310";
inline constexpr std::string_view kDirectiveManaged = "AC0311";
inline constexpr std::string_view kDirectiveTwice = "AC0312";
inline constexpr std::string_view kDirectiveUnknown = "AC0313";
inline constexpr std::string_view kDirectiveValue = "AC0314";
inline constexpr std::string_view kCommandRenamed = "AC0315";
inline constexpr std::string_view kNoEffect = "AC0316";
inline constexpr std::string_view kAuthSecret = "AC0317";
inline constexpr std::string_view kEngineAuth = "AC0318";
inline constexpr std::string_view kEngineAof = "AC0319";
inline constexpr std::string_view kEngineReplicas = "AC0320";
inline constexpr std::string_view kEngineTiers = "AC0321";
inline constexpr std::string_view kEngineImage = "AC0322";
inline constexpr std::string_view kEngineVersion = "AC0323";
inline constexpr std::string_view kShards = "AC0324";
inline constexpr std::string_view kFewShards = "AC0325";
inline constexpr std::string_view kLayout = "AC0326";
inline constexpr std::string_view kSlotRange = "AC0327";
inline constexpr std::string_view kSlotOverlap = "AC0328";
inline constexpr std::string_view kSlotGap = "AC0329";
inline constexpr std::string_view kSlotShard = "AC0330";
inline constexpr std::string_view kSpread = "AC0331";
inline constexpr std::string_view kBudget = "AC0332";
inline constexpr std::string_view kBudgetBlocks = "AC0333";
inline constexpr std::string_view kStorageSize = "AC0334";
inline constexpr std::string_view kColdTier = "AC0335";
inline constexpr std::string_view kTierCapacity = "AC0336";
inline constexpr std::string_view kReserved = "AC0337";
inline constexpr std::string_view kUnknownVolume = "AC0338";
inline constexpr std::string_view kUnusedVolume = "AC0339";
inline constexpr std::string_view kContainerName = "AC0340";
inline constexpr std::string_view kZeroTime = "AC0341";
inline constexpr std::string_view kGracePeriod = "AC0342";
inline constexpr std::string_view kService = "AC0343";
inline constexpr std::string_view kServiceOutside = "AC0344";

}  // namespace code

}  // namespace autocache::spec
