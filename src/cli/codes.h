#pragma once

// The diagnostic codes of the command line: what is wrong with files rather than with what is in
// them.

#include <array>
#include <string_view>
#include <utility>

namespace autocache::cli {

inline constexpr std::string_view kCannotRead = "AC0401";
inline constexpr std::string_view kCannotWrite = "AC0402";
inline constexpr std::string_view kFileNameClash = "AC0403";
inline constexpr std::string_view kStaleFileChanged = "AC0404";
inline constexpr std::string_view kBadParameter = "AC0405";

/// Every code with what it means, for docs/diagnostics.md.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kCodes = {{
    {kCannotRead, "an input file, folder or pattern cannot be read"},
    {kCannotWrite, "an output file cannot be written"},
    {kFileNameClash, "two objects would be written to the same file"},
    {kStaleFileChanged,
     "a file of an earlier run is no longer part of the output, but was edited since, so it is "
     "kept"},
    {kBadParameter, "a parameter of the Argo CD plugin or of the KRM function is wrong"},
}};

}  // namespace autocache::cli
