#pragma once

// Small helpers on text that more than one module needs. All are independent of the locale.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace autocache {

/// The parts of `text` between separators; "a,,b" gives three, "" gives one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);

/// `text` without blanks, tabs and line ends at both ends.
std::string_view trim(std::string_view text);

/// `parts` with `separator` between them.
std::string join(std::span<const std::string> parts, std::string_view separator);

/// ASCII letters in lower case; other bytes are kept.
std::string to_lower(std::string_view text);

/// The candidate within a Damerau-Levenshtein distance of a third of the word's length (at least 1,
/// at most 3), case ignored; the nearest one, and of equally near ones the first. Nothing if none
/// is near enough.
std::optional<std::string_view> closest(std::string_view word,
                                        std::span<const std::string_view> candidates);

/// True if `text` is well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF).
bool is_utf8(std::string_view text);

/// Number of characters (code points) of well-formed UTF-8.
std::size_t utf8_length(std::string_view text);

/// The largest offset not after `offset` at which a character of `text` starts (or its end).
std::size_t utf8_floor(std::string_view text, std::size_t offset);

}  // namespace autocache
