// Node sets, their budgets and where their Pods go.

#include "render/autocache/parts.h"
#include "render/fields.h"

#include <algorithm>
#include <string_view>

namespace autocache::render::autocache_kind {

namespace {

constexpr std::string_view kHostKey = "kubernetes.io/hostname";
constexpr std::string_view kZoneKey = "topology.kubernetes.io/zone";
constexpr std::string_view kShardLabel = "cache.autocache.io/shard";

Json preferred_apart(int weight, const StringMap& selector, std::string_view topology_key) {
  Object labels(1);
  labels.add("matchLabels", to_json(selector));
  Object term(2);
  term.add("labelSelector", std::move(labels).json());
  term.add("topologyKey", to_json(topology_key));
  Object out(2);
  out.add("weight", weight);
  out.add("podAffinityTerm", std::move(term).json());
  return std::move(out).json();
}

/// Keeps away from hosts that already run a cache of anybody: the nodes of one cluster compete for
/// the same resources as those of another. The lower the thresholds, the more it weighs against the
/// other preferences of the scheduler.
Json away_from_other_caches(const Json& spec) {
  const std::int64_t cpu =
      spec::get_integer(spec, {"scheduling", "loadAware", "cpuThreshold"}).value_or(80);
  const std::int64_t memory =
      spec::get_integer(spec, {"scheduling", "loadAware", "memoryThreshold"}).value_or(80);
  const std::int64_t weight = std::clamp<std::int64_t>(100 - (cpu + memory) / 2, 1, 100);
  return {{"weight", weight},
          {"podAffinityTerm",
           {{"labelSelector", {{"matchLabels", {{"app.kubernetes.io/name", "autocache"}}}}},
            {"namespaceSelector", Json::object()},
            {"topologyKey", kHostKey}}}};
}

/// A given affinity replaces the default; load-aware placement adds to either.
Json affinity_of(const Json& spec, const StringMap& selector) {
  Json affinity = spec::get(spec, {"affinity"});
  Json terms = Json::array();
  if (affinity.is_null()) {
    terms.push_back(preferred_apart(100, selector, kHostKey));
    terms.push_back(preferred_apart(50, selector, kZoneKey));
  } else {
    terms =
        spec::get(affinity, {"podAntiAffinity", "preferredDuringSchedulingIgnoredDuringExecution"});
  }
  if (spec::get_flag(spec, {"scheduling", "loadAware", "enabled"})) {
    terms.push_back(away_from_other_caches(spec));
  }
  if (terms.is_null() || terms.empty()) {
    return affinity;
  }
  affinity["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] = std::move(terms);
  return affinity;
}

/// The constraints of the spec, then the one of topologyAware.
std::vector<Json> spread_of(const Json& spec, const StringMap& selector) {
  std::vector<Json> out = list_field(spec, {"topologySpreadConstraints"});
  if (!spec::get_flag(spec, {"scheduling", "topologyAware", "enabled"})) {
    return out;
  }
  // Honor: a zone whose hosts are gone does not count, so that its Pods can start elsewhere.
  out.push_back({{"maxSkew", spec::get(spec, {"scheduling", "topologyAware", "maxSkew"})},
                 {"topologyKey", spec::get(spec, {"scheduling", "topologyAware", "topologyKey"})},
                 {"whenUnsatisfiable", "DoNotSchedule"},
                 {"labelSelector", {{"matchLabels", to_json(selector)}}},
                 {"nodeTaintsPolicy", "Honor"}});
  return out;
}

/// `labels` of ours, then those of the user that are not ours.
StringMap with_user_labels(StringMap labels, const StringMap& more) {
  const auto ours = static_cast<std::ptrdiff_t>(labels.size());
  for (const auto& label : more) {
    const bool taken = std::any_of(labels.begin(), labels.begin() + ours,
                                   [&](const auto& each) { return each.first == label.first; });
    if (!taken) {
      labels.push_back(label);
    }
  }
  return labels;
}

NodeSet make_set(const Json& spec,
                 const Model& model,
                 std::string name,
                 std::int64_t replicas,
                 std::optional<std::int64_t> shard) {
  NodeSet set;
  set.name = std::move(name);
  set.replicas = replicas;
  set.labels = model.labels;
  set.selector = model.selector;
  if (shard) {
    set.labels.emplace_back(kShardLabel, std::to_string(*shard));
    set.selector.emplace_back(kShardLabel, std::to_string(*shard));
  }
  set.pod_labels = with_user_labels(set.labels, map_field(spec, {"podLabels"}));
  set.affinity = affinity_of(spec, set.selector);
  set.topology_spread = spread_of(spec, set.selector);
  return set;
}

/// One budget for each shard whose nodes are a set of their own, else one for the cluster; none for
/// a single node, which would only block drains.
void fill_budgets(const Json& spec, Model& model) {
  if (!spec::get_flag(spec, {"podDisruptionBudget", "enabled"}) || model.replicas == 1) {
    return;
  }
  Budget budget;
  budget.min_available = spec::get(spec, {"podDisruptionBudget", "minAvailable"});
  budget.max_unavailable = spec::get(spec, {"podDisruptionBudget", "maxUnavailable"});
  if (budget.min_available.is_null() && budget.max_unavailable.is_null()) {
    budget.max_unavailable = 1;
  }
  budget.unhealthy_pod_eviction_policy =
      text_field(spec, {"podDisruptionBudget", "unhealthyPodEvictionPolicy"});
  if (model.sets.front().replicas == 1) {
    budget.name = model.name;
    budget.labels = model.labels;
    budget.selector = model.selector;
    model.budgets.push_back(std::move(budget));
    return;
  }
  for (const NodeSet& set : model.sets) {
    budget.name = set.name;
    budget.labels = set.labels;
    budget.selector = set.selector;
    model.budgets.push_back(budget);
  }
}

}  // namespace

void fill_sets(const Json& spec, Model& model) {
  std::string layout = text_field(spec, {"layout"});
  if (layout.empty()) {
    layout = model.replicas_per_shard == 0 ? "Single" : "PerShard";
  }
  if (layout == "Single") {
    model.sets.push_back(make_set(spec, model, model.name, model.replicas, std::nullopt));
  } else {
    const std::int64_t size = model.replicas_per_shard + 1;
    for (std::int64_t shard = 0; shard < model.replicas / size; ++shard) {
      model.sets.push_back(
          make_set(spec, model, model.name + '-' + std::to_string(shard), size, shard));
    }
  }
  fill_budgets(spec, model);
}

}  // namespace autocache::render::autocache_kind
