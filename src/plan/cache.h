#pragma once

// What a side says about one cache: from its spec where there is one, else read off its manifests.

#include "directives/directives.h"
#include "plan/model.h"
#include "runtime-hook/slots.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace autocache::plan {

/// A StatefulSet of a cache.
struct NodeSet {
  std::string name;
  int replicas = 0;
  bool storage = false;
};

struct Cache {
  std::string name_space;
  std::string name;
  directives::Engine engine = directives::Engine::kRedis;
  directives::Version version;
  /// False: nothing named a version, `version` is the newest.
  bool version_known = false;
  std::vector<NodeSet> sets;
  /// False: only StatefulSets were seen, which do not name replicas per shard, unless there is one
  /// for each shard.
  bool shape_known = false;
  /// False: only StatefulSets were seen, which do not name the slot plan.
  bool slot_plan_known = false;
  int replicas_per_shard = 0;
  bool per_shard = false;
  bool storage = false;
  /// Fixed owners, by index of their shard; empty: even.
  std::vector<std::pair<hook::SlotRange, int>> slot_plan;
  double rate_limit_mbps = 0;
  /// The spec, null if there is none.
  Json spec;

  /// Number of nodes.
  [[nodiscard]] int nodes() const;
  /// Number of primaries.
  [[nodiscard]] int shards() const;
  /// "cache-0": the name of a shard, in slot plans too.
  [[nodiscard]] std::string shard_name(int index) const;
  /// The shard of a Pod of this cache, -1 if it is none of its Pods.
  [[nodiscard]] int shard_of_pod(std::string_view pod) const;
};

/// All caches of a side in the order of their names.
std::vector<Cache> find_caches(const Side& side);

/// What one side cannot know of a cache (its shape without a spec or hook Jobs, its release where
/// the image's tag names none) is taken to be as on the other side.
void fill_in_unknown(std::vector<Cache>& before, std::vector<Cache>& after);

/// Bytes that all tiers of all primaries hold; nothing without tiers, or where one has no limit.
std::optional<double> tier_capacity(const Cache& cache);

/// True if both are the same cache: a side without namespaces matches any.
bool same_cache(const Cache& a, const Cache& b);

/// The name of the cache that `object` belongs to by its labels; empty if it belongs to none.
std::string instance_of(const Object& object);

/// The annotation of the ConfigMap that stands for the hook's Jobs, which GitOps tools do not
/// compare.
inline constexpr std::string_view kHookChecksum = "cache.autocache.io/hook-checksum";

/// The same of an object as it was written.
std::string instance_of(const Json& object);

/// True for the hook's Jobs and their accounts.
bool is_of_hook(const Json& object);

/// The desired state that a Job or CronJob of the hook carries; no object if it carries none.
Json desired_of(const Json& job);

/// True for those that a tool makes for a run and replaces at the next one: whether they live just
/// now says nothing.
bool comes_and_goes(const Object& object);

/// True if `object` belongs to `cache`.
bool belongs_to(const Object& object, const Cache& cache);

/// The format version of the RDB files that a release writes; 0 for the AutoCache server, which
/// writes none.
int rdb_version(directives::Engine engine, directives::Version version);

/// True if the new server reads the files of the old one. Measured on six servers; Valkey refuses
/// the versions 12 to 79.
bool can_read_data(directives::Engine old_engine,
                   directives::Version old_version,
                   directives::Engine new_engine,
                   directives::Version new_version);

}  // namespace autocache::plan
