#pragma once

// Time, as far as the hook may know it: a monotonic clock that a test can replace by a simulated
// one.

#include <chrono>

namespace autocache::hook {

/// A duration with the hook's resolution.
using Duration = std::chrono::microseconds;
/// A moment of the hook's monotonic clock; only differences mean something.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// The monotonic clock, and the only way to wait without any reply in sight.
class Clock {
 public:
  virtual ~Clock() = default;
  /// The present moment; never goes back.
  virtual TimePoint now() = 0;
  /// Returns at `until` or later, or earlier if the process was asked to stop (SIGTERM).
  virtual void sleep_until(TimePoint until) = 0;
};

/// The real clock of this machine.
class SystemClock final : public Clock {
 public:
  TimePoint now() override {
    return std::chrono::time_point_cast<Duration>(std::chrono::steady_clock::now());
  }
  void sleep_until(TimePoint until) override;
};

}  // namespace autocache::hook
