#pragma once

// The diagnostic codes of the pipeline as a whole.

#include <array>
#include <string_view>
#include <utility>

namespace autocache::render {

inline constexpr std::string_view kNothingToRender = "AC0501";
inline constexpr std::string_view kOtherKind = "AC0502";
inline constexpr std::string_view kOverlayDocuments = "AC0503";
inline constexpr std::string_view kNoObject = "AC0504";

/// Every code with what it means, for docs/diagnostics.md.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kCodes = {{
    {kNothingToRender, "the input holds no resource, so the output would be empty"},
    {kOtherKind, "a document of a kind that autocache does not render is left out"},
    {kOverlayDocuments, "an overlay file holds more than one document"},
    {kNoObject, "a document that should pass through is no Kubernetes object"},
}};

}  // namespace autocache::render
