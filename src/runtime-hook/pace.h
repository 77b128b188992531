#pragma once

// How much to move at a time: a batch size that follows measured times, and a limit in bytes per
// second. Pure.

#include "runtime-hook/clock.h"

#include <cstdint>
#include <optional>

namespace autocache::hook {

/// The number of keys for one MIGRATE, so that it blocks the source for a known short time: grows
/// by a fixed step while MIGRATE is quicker than `low`, is halved when slower than `high` (additive
/// increase, multiplicative decrease).
class BatchSize {
 public:
  static constexpr int kMin = 8;
  static constexpr int kMax = 1000;
  static constexpr int kStep = 8;

  BatchSize(Duration low, Duration high) : low_(low), high_(high) {}
  /// How many keys the next MIGRATE may carry.
  int keys() const { return keys_; }
  /// Tells how long a MIGRATE of `keys` keys took.
  void observe(int keys, Duration took);

 private:
  Duration low_;
  Duration high_;
  int keys_ = 4 * kStep;
};

/// Spreads bytes over time. Who asks late may catch up a fifth of a second's worth, no more, so
/// there are no long bursts.
class RateLimit {
 public:
  /// `bytes_per_second` 0: no limit.
  explicit RateLimit(std::int64_t bytes_per_second) : rate_(bytes_per_second) {}
  bool active() const { return rate_ > 0; }
  /// The largest piece to ask for at once: a twentieth of a second's worth. Nothing without a
  /// limit.
  std::optional<std::int64_t> largest_piece() const;
  /// The moment at which `bytes` may go, at the earliest `now`; they count as gone then.
  TimePoint reserve(std::int64_t bytes, TimePoint now);

 private:
  std::int64_t rate_;
  TimePoint free_at_;
};

}  // namespace autocache::hook
