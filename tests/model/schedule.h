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

/// Whether Redis 7 keeps marks of slots as 7.0.13 to 7.2.3 do (FakeWorld::keeps_marks()). The hook
/// keeps it from setting nearly all of them, but what arrives on one connection of the bus may be
/// older than what has arrived on another: then a slot that comes back soon is lost with its keys,
/// in one of 10,000 schedules. An open problem.
enum class Marks { kVanish, kStay };

/// Plays the schedule of that seed.
Verdict play(std::uint64_t seed, Marks marks);

}  // namespace autocache::hook
