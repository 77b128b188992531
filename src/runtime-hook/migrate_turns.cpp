#include "runtime-hook/migrate_turns.h"

#include <algorithm>
#include <utility>

namespace autocache::hook {
namespace {

/// Runs it, if it is there, for the only time. It may change the line.
void run(MigrateTurns::Action& action) {
  if (const auto once = std::exchange(action, {})) {
    once();
  }
}

}  // namespace

void MigrateTurns::enter(const void* who, Action open) {
  line_.push_back({who, std::move(open), {}});
  if (line_.size() <= kOpen) {
    run(line_.back().open);
  }
}

void MigrateTurns::opened(const void* who, Action move) {
  const auto turn = std::find_if(line_.begin(), line_.end(),
                                 [who](const Turn& candidate) { return candidate.who == who; });
  turn->move = std::move(move);
  if (turn == line_.begin()) {
    run(turn->move);
  }
}

void MigrateTurns::leave() {
  line_.pop_front();
  if (!line_.empty()) {
    run(line_.front().move);
  }
  if (line_.size() >= kOpen) {
    run(line_[kOpen - 1].open);
  }
}

}  // namespace autocache::hook
