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

/// Plays the schedule of that seed.
Verdict play(std::uint64_t seed);

}  // namespace autocache::hook
