#include "base/duration.h"

#include <cstdint>

namespace autocache {

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds(0);
  if (text.empty()) return std::nullopt;
  constexpr std::int64_t kLimit = 9'223'372'036'854;  // 292 years in milliseconds, Go's limit
  std::int64_t total = 0;
  while (!text.empty()) {
    std::int64_t whole = 0;
    std::int64_t fraction = 0;
    std::int64_t scale = 1;
    bool digits = false;
    bool dot = false;
    while (!text.empty() &&
           ((text.front() >= '0' && text.front() <= '9') || (text.front() == '.' && !dot))) {
      const char c = text.front();
      text.remove_prefix(1);
      if (c == '.') {
        dot = true;
      } else if (!dot) {
        digits = true;
        whole = whole * 10 + (c - '0');
        if (whole > kLimit) return std::nullopt;
      } else {
        digits = true;
        if (scale < 1'000'000'000) {
          fraction = fraction * 10 + (c - '0');
          scale *= 10;
        }
      }
    }
    if (!digits) return std::nullopt;
    std::int64_t unit = 0;
    if (text.starts_with("ms")) {
      unit = 1;
      text.remove_prefix(2);
    } else if (text.starts_with("s")) {
      unit = 1000;
    } else if (text.starts_with("m")) {
      unit = 60 * 1000;
    } else if (text.starts_with("h")) {
      unit = 3600 * 1000;
    } else {
      return std::nullopt;
    }
    if (unit != 1) text.remove_prefix(1);
    if (whole > kLimit / unit) return std::nullopt;
    total += whole * unit + fraction * unit / scale;
    if (total > kLimit) return std::nullopt;
  }
  return std::chrono::milliseconds(total);
}

}  // namespace autocache
