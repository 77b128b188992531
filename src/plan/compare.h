#pragma once

// Two sides to classified changes.

#include "plan/cache.h"
#include "plan/model.h"

#include <vector>

namespace autocache::plan {

/// A cache of the old side with what became of it; null where there is none.
struct CachePair {
  const Cache* before = nullptr;
  const Cache* after = nullptr;
};

/// The same caches on both sides, matched by namespace and name; a side without namespaces matches
/// any.
std::vector<CachePair> pair_caches(const std::vector<Cache>& before,
                                   const std::vector<Cache>& after);

/// An object with what became of it; null where there is none.
struct ObjectPair {
  const Object* before = nullptr;
  const Object* after = nullptr;
};

/// All objects of both sides but what Kubernetes itself makes of them (Pods, EndpointSlices, claims
/// of templates ...) and what lives in the cluster without being ours. In the order of application,
/// then what goes away.
std::vector<ObjectPair> pair_objects(const Side& before, const Side& after);

/// Every difference with the rule that decides about it.
std::vector<Change> compare(const Side& before,
                            const Side& after,
                            const std::vector<CachePair>& caches,
                            const std::vector<ObjectPair>& objects,
                            const Options& options);

}  // namespace autocache::plan
