#pragma once

// What happens in which order, and what a person has to do in between.

#include "plan/compare.h"
#include "plan/model.h"

#include <vector>

namespace autocache::plan {

/// Everything that the steps are made from.
struct Findings {
  const std::vector<CachePair>& caches;
  const std::vector<ObjectPair>& objects;
  const std::vector<Change>& changes;
  const std::vector<SlotSection>& slots;
  /// The hook's Jobs, accounts and roles for the new side, without annotations of any GitOps tool.
  const std::vector<Json>& hooks;
};

/// The steps from the old state to the new one; none if nothing changes.
std::vector<Step> make_steps(const Findings& findings);

/// What holds for the change as a whole and is easily overlooked.
std::vector<std::string> make_warnings(const Findings& findings, const Options& options);

}  // namespace autocache::plan
