#include "plan/conditions.h"
#include "plan/json_tools.h"
#include "plan/rules.h"

namespace autocache::plan {
namespace {

bool same_version(const Match& m) {
  return both(m) && m.old_cache->engine == m.new_cache->engine &&
         m.old_cache->version == m.new_cache->version;
}

bool off(const Match& m) {
  return m.before != nullptr && *m.before == true;
}
bool on(const Match& m) {
  return m.after != nullptr && *m.after == true;
}

bool layout_differs(const Match& m) {
  return both(m) && m.old_cache->per_shard != m.new_cache->per_shard;
}

bool claims_differ(const Match& m) {
  return both(m) && m.new_cache->storage;
}

bool tiers_on(const Cache* cache) {
  const Json* enabled = cache == nullptr ? nullptr : at_path(cache->spec, "tieredStorage/enabled");
  return enabled != nullptr && *enabled == true;
}

bool is_tier_type(const Match& m) {
  return m.path.size() == 4 && m.path[3] == "type";
}

bool tier_removed(const Match& m) {
  return removed(m) && is_tier_type(m) && m.path[2] != "hotTier" && tiers_on(m.old_cache);
}

bool tier_below_use(const Match& m) {
  if (!m.options->bytes || m.new_cache == nullptr) return false;
  const auto capacity = tier_capacity(*m.new_cache);
  return capacity && *capacity < static_cast<double>(*m.options->bytes);
}

bool replaced(const Match& m) {
  return m.before != nullptr && m.after != nullptr;
}

bool tier_threshold(const Match& m) {
  return m.path.size() == 4 && m.path[3].starts_with("threshold");
}
bool tier_capacity_changed(const Match& m) {
  return m.path.size() == 4 && m.path[3] == "capacity";
}

// clang-format off
constexpr Rule kRules[] = {
    {"spec.renamed", "AutoCache", "metadata/name", nullptr, Impact::kDataLoss, "another name is another cache: a new, empty one starts, the old one is deleted",
     "keep the name, or copy the data before the old cache goes", "src/render/autocache/model.cpp: every name derives from it"},
    {"spec.moved", "AutoCache", "metadata/namespace", nullptr, Impact::kDataLoss, "objects do not move between namespaces: a new, empty cache starts, the old one is deleted",
     "copy the data before the old cache goes", "kubernetes metadata.namespace is immutable"},
    {"spec.engine-unreadable", "AutoCache", "spec/engine", unreadable, Impact::kDataLoss, "the new engine cannot read what the present one has written, nor take its slots",
     "start a second cache and copy the data", "redis and valkey src/rdb.h RDB_VERSION, measured"},
    {"spec.engine", "AutoCache", "spec/engine", nullptr, Impact::kRollingRestart, "the Pods restart with the other engine, which reads the present data", "", "redis and valkey src/rdb.h RDB_VERSION, measured"},
    {"spec.version-stated", "AutoCache", "spec/engineVersion", same_version, Impact::kNone, "says what is so: nothing that runs is another release", "", "docs/fields.md spec.engineVersion"},
    {"spec.downgrade-unreadable", "AutoCache", "spec/engineVersion", unreadable, Impact::kDataLoss, "the older release cannot read what the present one has written, and its replicas cannot follow",
     "keep the version, or start a second cache and copy the data", "redis and valkey src/rdb.h RDB_VERSION, measured"},
    {"spec.downgrade", "AutoCache", "spec/engineVersion", older, Impact::kRollingRestart, "an older release with the same data format: the Pods restart", "check that no directive of the newer release is used",
     "redis and valkey src/rdb.h RDB_VERSION, measured"},
    {"spec.upgrade-one-way", "AutoCache", "spec/engineVersion", one_way, Impact::kRollingRestart, "the Pods restart with the newer release; there is no way back once it has written its data", "", "redis and valkey src/rdb.h RDB_VERSION, measured"},
    {"spec.upgrade", "AutoCache", "spec/engineVersion", nullptr, Impact::kRollingRestart, "the Pods restart with the newer release, which writes the same data format", "", "redis and valkey src/rdb.h RDB_VERSION, measured"},
    {"spec.image-unreadable", "AutoCache", "spec/image", unreadable_image, Impact::kDataLoss, "the image's release cannot read what the present one has written", "keep the version, or start a second cache and copy the data",
     "redis and valkey src/rdb.h RDB_VERSION, measured"},
    {"spec.layout", "AutoCache", "spec/layout", layout_differs, Impact::kDataLoss, "other StatefulSets with other Pods and volumes: the new nodes start empty while the old ones stop",
     "start a second cache and copy the data", "docs/fields.md spec.layout"},
    {"spec.layout-implied", "AutoCache", "spec/replicasPerShard", layout_differs, Impact::kDataLoss, "without a stated layout this changes it: other StatefulSets, whose nodes start empty while the old ones stop",
     "state `layout: Single` to keep the present StatefulSet", "docs/fields.md spec.layout"},
    {"spec.replicas-per-shard-up", "AutoCache", "spec/replicasPerShard", grows, Impact::kScale, "more of the nodes are replicas: slots leave those that become one", "", "docs/fields.md spec.replicasPerShard"},
    {"spec.replicas-per-shard-down", "AutoCache", "spec/replicasPerShard", nullptr, Impact::kScale, "more of the nodes are primaries: they take slots, and there are fewer copies", "", "docs/fields.md spec.replicasPerShard"},
    {"spec.replicas-up", "AutoCache", "spec/replicas", grows, Impact::kScale, "new nodes start and take their share of the slots", "", "src/runtime-hook/planner_slots.cpp"},
    {"spec.replicas-down", "AutoCache", "spec/replicas", shrinks, Impact::kScale, "nodes leave once the gate has moved their slots to the others; without it their keys are lost", "", "src/runtime-hook/planner_slots.cpp"},
    {"spec.slot-plan", "AutoCache", "spec/slotPlan/**", nullptr, Impact::kScale, "slots move to the shards that the plan names", "", "docs/fields.md spec.slotPlan"},
    {"spec.persistence-off", "AutoCache", "spec/storage/enabled", off, Impact::kDataLoss, "the Pods restart without their volumes: every node comes back empty", "make a backup; keep the claims until it is checked", "docs/fields.md spec.storage.enabled"},
    {"spec.persistence-on", "AutoCache", "spec/storage/enabled", on, Impact::kRecreate, "the StatefulSet has to be created anew with claims; every node comes back empty unless a replica holds its data", "make a backup first", "docs/fields.md spec.storage.enabled"},
    {"spec.persistence-mode", "AutoCache", "spec/storage/persistenceMode", nullptr, Impact::kLive, "save and appendonly are set while running; switching the append-only file on rewrites it once", "", "redis src/config.c: save, appendonly"},
    {"spec.claims", "AutoCache", "spec/storage/claims", claims_differ, Impact::kRecreate, "the claim template changes: the StatefulSet has to be created anew, the Pods and their claims stay", "", "docs/fields.md spec.storage.claims"},
    {"spec.auth-on", "AutoCache", "spec/auth/enabled", on, Impact::kRollingRestart, "while the Pods restart, some ask for the password and others do not: nodes and clients must live with both", "give the clients the password first, and clients that connect without one where none is asked for", "redis AUTH, masterauth"},
    {"spec.auth-off", "AutoCache", "spec/auth/enabled", nullptr, Impact::kRollingRestart, "while the Pods restart, some ask for the password and others do not; afterwards everybody may connect", "limit access with a NetworkPolicy", "redis AUTH, masterauth"},
    {"spec.auth-secret", "AutoCache", "spec/auth/*", replaced, Impact::kRollingRestart, "the Pods restart with the other password: for a while both are in use", "", "redis AUTH, masterauth"},
    {"spec.port", "AutoCache", "spec/port", nullptr, Impact::kRollingRestart, "while the Pods restart, nodes listen on both ports; clients must use the new one", "", "docs/fields.md spec.port"},
    {"spec.cluster-port", "AutoCache", "spec/clusterPort", nullptr, Impact::kRollingRestart, "while the Pods restart, nodes find each other again on the new port of the bus", "", "docs/fields.md spec.clusterPort"},
    {"spec.tiers-off", "AutoCache", "spec/tieredStorage/enabled", off, Impact::kDataLoss, "what lies in the warm and cold tiers is not read any more", "bring it back to memory, or copy it, first", "docs/fields.md spec.tieredStorage.enabled"},
    {"spec.tier-removed", "AutoCache", "spec/tieredStorage/*/type", tier_removed, Impact::kDataLoss, "what lies in this tier is not read any more", "move it to another tier first", "docs/fields.md spec.tieredStorage"},
    {"spec.tier-below-use", "AutoCache", "spec/tieredStorage/*/capacity", tier_below_use, Impact::kDataLoss, "the tiers together hold less than the cache is said to hold", "add nodes or remove data first", "docs/fields.md spec.tieredStorage.hotTier.capacity"},
    {"spec.tier-capacity", "AutoCache", "spec/tieredStorage/*/capacity", tier_capacity_changed, Impact::kLive, "the tier holds more or less; memory limits and claims follow as listed", "", "docs/fields.md spec.tieredStorage.hotTier.capacity"},
    {"spec.tier-threshold", "AutoCache", "spec/tieredStorage/*/*", tier_threshold, Impact::kLive, "decides from the next pass on which keys change their tier", "", "docs/fields.md spec.tieredStorage.hotTier.thresholdAccessCount"},
    {"spec.tier-migration", "AutoCache", "spec/tieredStorage/migrationPolicy/**", nullptr, Impact::kLive, "counts from the next pass of the tier Job", "", "docs/fields.md spec.tieredStorage.migrationPolicy"},
    {"spec.load-aware", "AutoCache", "spec/scheduling/loadAware/**", nullptr, Impact::kInPlace, "the hook weighs nodes differently at its next run", "", "docs/fields.md spec.scheduling.loadAware"},
    {"spec.retention", "AutoCache", "spec/storage/retention/**", nullptr, Impact::kInPlace, "decides what happens to volume claims later", "", "KEP-1847"},
    {"spec.hook", "AutoCache", "spec/hook/**", nullptr, Impact::kNone, "counts from the next run of the hook", "", "docs/fields.md spec.hook"},
};

constexpr Rule kFallback[] = {
    {"object.api-version", "*", "apiVersion", nullptr, Impact::kNone, "another version of the same object", "", "kubernetes.io/docs/reference/using-api: versions are views of one object"},
    {"object.added", "*", "", added, Impact::kInPlace, "the object is created", "", "kubectl apply"},
    {"object.removed", "*", "", removed, Impact::kInPlace, "the object is deleted, if the tool that applies prunes", "", "argo-cd docs/user-guide/sync-options: Prune"},
    {"object.labels", "*", "metadata/labels/**", nullptr, Impact::kInPlace, "selectors elsewhere may find the object or not", "", "kubernetes.io/docs/concepts/overview/working-with-objects/labels"},
    {"object.annotations", "*", "metadata/annotations/**", nullptr, Impact::kInPlace, "whoever reads the annotation acts on it", "", "kubernetes.io/docs/concepts/overview/working-with-objects/annotations"},
    {"object.metadata", "*", "metadata/**", nullptr, Impact::kInPlace, "the object's metadata is updated", "", "kubectl apply"},
    {"object.other", "*", "**", nullptr, Impact::kInPlace, "the object is updated", "", "kubectl apply"},
};
// clang-format on

}  // namespace

std::span<const Rule> spec_rules() {
  return kRules;
}
std::span<const Rule> fallback_rules() {
  return kFallback;
}

}  // namespace autocache::plan
