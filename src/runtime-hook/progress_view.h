#pragma once

// The live line of a move: slots, keys, MB/s and time left. On a terminal it is redrawn in place,
// in a Pod it becomes a log event every few seconds.

#include "runtime-hook/clock.h"
#include "runtime-hook/log.h"
#include "runtime-hook/mover.h"

#include <ostream>
#include <string>

namespace autocache::hook {

/// "[#####-----] 50.0% 2048/4096 slots, 125000 keys, 12.3 MB/s, 3 s left", from what was done in
/// `elapsed`.
std::string describe_progress(const MoveProgress& progress, Duration elapsed);

class ProgressView {
 public:
  enum class Target { kTerminal, kLog };

  ProgressView(Target target, std::ostream& terminal, Clock& clock)
      : target_(target), terminal_(terminal), clock_(clock) {}

  /// Shows `progress` if it is time to; `log` gets the events. A move begins anew when its
  /// slots_done goes back.
  void show(const MoveProgress& progress, Log& log);
  /// Removes the live line, so that other text can be printed.
  void clear();

 private:
  Target target_;
  std::ostream& terminal_;
  Clock& clock_;
  TimePoint began_;
  TimePoint next_;
  std::int64_t last_done_ = -1;
  bool drawn_ = false;
};

}  // namespace autocache::hook
