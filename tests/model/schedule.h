#pragma once

// One schedule of the model check: a random cluster with random damage, hooks that die and servers
// that fail at random moments, then hooks that may finish; and what must be true afterwards. All of
// it follows from one seed.

#include "fakes/fake_hook.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace autocache::hook {

/// What became of a schedule: `problem` is empty if every invariant held.
struct Verdict {
  std::string problem;
  /// The scenario in words and all that hooks logged and wrote; for a failure's report.
  std::string story;
};

/// Whether Redis 7 keeps marks of slots as 7.0.13 to 7.2.3 do (FakeWorld::keeps_marks()). Without
/// what the hook does about them (mark_clearing.h) one of 8,000 schedules loses a slot.
enum class Marks { kVanish, kStay };

/// Plays the schedule of that seed.
Verdict play(std::uint64_t seed, Marks marks);

}  // namespace autocache::hook
