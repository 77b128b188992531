#pragma once

// The diagnostic codes of this module.

#include <array>
#include <string_view>
#include <utility>

namespace autocache::plan {

inline constexpr std::string_view kNotAnObject = "AC0601";
inline constexpr std::string_view kIncompleteObject = "AC0602";
inline constexpr std::string_view kDuplicateObject = "AC0603";
inline constexpr std::string_view kNothingToCompare = "AC0604";
inline constexpr std::string_view kBadClusterNodes = "AC0605";
inline constexpr std::string_view kSlotClaimedTwice = "AC0606";
inline constexpr std::string_view kUnreadableRevision = "AC0607";
inline constexpr std::string_view kNotForTheCluster = "AC0608";

/// Every code with what it means, for docs/diagnostics.md.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kCodes = {{
    {kNotAnObject, "a document of a plan's input is not a Kubernetes object"},
    {kIncompleteObject,
     "an object has no apiVersion, kind or name, or lacks what its kind requires"},
    {kDuplicateObject, "an input of a plan holds two objects of the same kind, namespace and name"},
    {kNothingToCompare, "an input of a plan holds no object at all"},
    {kBadClusterNodes, "a line is not one of CLUSTER NODES"},
    {kSlotClaimedTwice, "two nodes of a CLUSTER NODES text own the same slot"},
    {kUnreadableRevision, "a git revision or a path in it cannot be read"},
    {kNotForTheCluster, "a document of a plan's input is for kustomize and is left out"},
}};

}  // namespace autocache::plan
