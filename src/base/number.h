#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace autocache {

/// All of `text` as a decimal number, without blanks or a plus sign (and without a minus sign where
/// Number is unsigned). Nothing if it is none, or does not fit.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

}  // namespace autocache
