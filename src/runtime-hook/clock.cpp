#include "runtime-hook/clock.h"

#include <ctime>

namespace autocache::hook {

void SystemClock::sleep_until(TimePoint until) {
  const Duration left = until - now();
  if (left.count() <= 0) {
    return;
  }
  // One nanosleep, not a loop: a signal (SIGTERM) has to end the wait.
  const timespec pause{static_cast<time_t>(left.count() / 1'000'000),
                       static_cast<long>(left.count() % 1'000'000) * 1000};
  nanosleep(&pause, nullptr);
}

}  // namespace autocache::hook
