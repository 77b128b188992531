#pragma once

// Which slots move when shards come or go, or a slot plan changes: the same moves that the hook
// will make.

#include "plan/cache.h"
#include "plan/cluster_nodes.h"
#include "plan/model.h"

#include <optional>
#include <vector>

namespace autocache::plan {

/// The moves of one cache. Nothing if its shards stay and no plan of slots changes, or one side is
/// missing. `current` is the layout of the running cache, empty where it is not known: then shards
/// share the slots evenly, or as their plan says.
std::optional<SlotSection> plan_slots(const Cache& before,
                                      const Cache& after,
                                      const std::vector<ClusterNode>& current,
                                      const Options& options);

}  // namespace autocache::plan
