#include "base/memory_size.h"

#include "base/text.h"

#include <array>
#include <charconv>
#include <limits>
#include <string>
#include <utility>

namespace autocache {

std::optional<std::int64_t> parse_memory_size(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || text.empty() || text.front() == '-') return std::nullopt;
  const std::string unit = to_lower(text.substr(static_cast<std::size_t>(end - text.data())));
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 8> kUnits = {
      {{"", 1},
       {"b", 1},
       {"k", 1000},
       {"kb", 1024},
       {"m", 1000 * 1000},
       {"mb", 1024 * 1024},
       {"g", 1000LL * 1000 * 1000},
       {"gb", 1024LL * 1024 * 1024}}};
  for (const auto& [name, factor] : kUnits) {
    if (unit != name) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / factor) return std::nullopt;
    return number * factor;
  }
  return std::nullopt;
}

}  // namespace autocache
