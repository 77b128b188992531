#include "runtime-hook/pace.h"

#include <algorithm>

namespace autocache::hook {

void BatchSize::observe(int keys, Duration took) {
  if (took > high_) {
    keys_ = std::max(kMin, std::min(keys_, keys) / 2);
  } else if (took < low_ && keys >= keys_) {
    keys_ = std::min(kMax, keys_ + kStep);
  }
}

std::optional<std::int64_t> RateLimit::largest_piece() const {
  constexpr int kPiecesPerSecond = 20;
  return active() ? std::optional(std::max<std::int64_t>(1, rate_ / kPiecesPerSecond))
                  : std::nullopt;
}

TimePoint RateLimit::reserve(std::int64_t bytes, TimePoint now) {
  if (!active()) {
    return now;
  }
  // A step that came late may catch up a little, or every delay of the servers would lower the
  // rate.
  constexpr Duration kCredit{200'000};
  const TimePoint start = std::max(now - kCredit, free_at_);
  // Split so that no product overflows: 64 MB in microseconds does.
  const std::int64_t seconds = bytes / rate_;
  const std::int64_t rest = bytes % rate_;
  free_at_ = start + std::chrono::seconds(seconds) + Duration(rest * 1'000'000 / rate_);
  return std::max(now, start);
}

}  // namespace autocache::hook
