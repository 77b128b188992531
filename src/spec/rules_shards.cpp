// How many nodes, in how many shards, and where they run.

#include "base/json.h"
#include "base/text.h"
#include "spec/codes.h"
#include "spec/get.h"
#include "spec/rules.h"
#include "spec/say.h"

#include <charconv>

namespace autocache::spec {
namespace {

/// A number or percentage of `total` Pods; percentages of a budget round up
/// (pkg/controller/disruption).
std::int64_t pods_of(const Json& value, std::int64_t total) {
  if (value.is_number_integer()) {
    return value.get<std::int64_t>();
  }
  const auto text = value.is_string() ? value.get<std::string>() : std::string();
  constexpr std::int64_t kManyPods = 1'000'000;
  std::int64_t number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc{} ||
      number > kManyPods) {
    number = kManyPods;
  }
  return text.ends_with('%') ? (total * number + 99) / 100 : number;
}

void check_budget(const RuleContext& context, const Shards& shards, bool per_shard) {
  const auto& budget = get(context.spec(), {"podDisruptionBudget"});
  const auto& given = get(context.written(), {"podDisruptionBudget"});
  const auto& least = get(budget, {"minAvailable"});
  const auto& most = get(budget, {"maxUnavailable"});
  if (!least.is_null() && !most.is_null()) {
    return;
  }
  if (budget.is_object() && !get_flag(budget, {"enabled"}) && !given.is_null()) {
    for (const char* field : {"minAvailable", "maxUnavailable", "unhealthyPodEvictionPolicy"}) {
      if (has(given, {field})) {
        context.warning(code::kNoEffect, std::string("/spec/podDisruptionBudget/") + field,
                        "has no effect while podDisruptionBudget.enabled is false");
      }
    }
    return;
  }
  const bool grouped = per_shard && shards.nodes_each > 1;
  const auto group = grouped ? shards.nodes_each : shards.count * shards.nodes_each;
  const std::string what = grouped ? "shard" : "cluster";
  if ((!least.is_null() && pods_of(least, group) >= group) ||
      (!most.is_null() && pods_of(most, group) == 0)) {
    context.warning(
        code::kBudgetBlocks,
        least.is_null() ? "/spec/podDisruptionBudget/maxUnavailable"
                        : "/spec/podDisruptionBudget/minAvailable",
        "allows no Pod of a " + what + " to be evicted, so that hosts cannot be drained");
  } else if (grouped && !most.is_null() && pods_of(most, group) >= group) {
    context.warning(code::kBudgetBlocks, "/spec/podDisruptionBudget/maxUnavailable",
                    "allows all nodes of a shard to be evicted at once");
  }
}

void check_spread(const RuleContext& context) {
  const auto& spec = context.spec();
  const auto& aware = get(spec, {"scheduling", "topologyAware"});
  const auto& load = get(spec, {"scheduling", "loadAware"});
  const auto no_effect = [&](const char* group, const char* field, const Json& values) {
    if (values.is_object() && !get_flag(values, {"enabled"}) &&
        has(context.written(), {"scheduling", group, field})) {
      context.warning(code::kNoEffect, std::string("/spec/scheduling/") + group + "/" + field,
                      std::string("has no effect while ") + group + ".enabled is false");
    }
  };
  no_effect("topologyAware", "topologyKey", aware);
  no_effect("topologyAware", "maxSkew", aware);
  no_effect("loadAware", "cpuThreshold", load);
  no_effect("loadAware", "memoryThreshold", load);
  if (!get_flag(aware, {"enabled"})) {
    return;
  }
  const auto key = get_text(aware, {"topologyKey"});
  const auto& constraints = get(spec, {"topologySpreadConstraints"});
  for (std::size_t i = 0; i < constraints.size(); ++i) {
    if (get_text(constraints[i], {"topologyKey"}) == key &&
        get_text(constraints[i], {"whenUnsatisfiable"}) == "DoNotSchedule") {
      context.error(code::kSpread, "/spec/topologySpreadConstraints/" + std::to_string(i),
                    "says the same as scheduling.topologyAware, which spreads over " +
                        std::string(key) + " too",
                    "keep one of the two");
    }
  }
}

}  // namespace

void check_shards(const RuleContext& context) {
  const auto& spec = context.spec();
  check_spread(context);
  if (has(spec, {"podDisruptionBudget", "minAvailable"}) &&
      has(spec, {"podDisruptionBudget", "maxUnavailable"})) {
    context.error(code::kBudget, "/spec/podDisruptionBudget/maxUnavailable",
                  "minAvailable and maxUnavailable exclude each other");
  }
  const auto replicas = get_integer(spec, {"replicas"});
  const auto each = get_integer(spec, {"replicasPerShard"});
  if (!replicas || !each) {
    return;
  }
  const auto shards = shards_of(spec);
  if (!shards) {
    const auto size = *each + 1;
    const auto below = *replicas / size * size;
    std::string fitting = below > 0 ? std::to_string(below) + " or " : "";
    fitting += std::to_string(below + size);
    context.error(
        code::kShards,
        has(context.written(), {"replicas"}) ? "/spec/replicas" : "/spec/replicasPerShard",
        count_of(static_cast<std::size_t>(*replicas), "node") +
            " cannot be divided into shards of " + std::to_string(size) +
            ", a primary and its replicas",
        "set replicas to " + fitting);
    return;
  }
  const auto layout = get_text(spec, {"layout"});
  const bool per_shard = layout.empty() ? *each > 0 : layout == "PerShard";
  if (*each > 0 && shards->count < 3) {
    context.warning(
        code::kFewShards,
        has(context.written(), {"replicas"}) ? "/spec/replicas" : "/spec/replicasPerShard",
        "makes " + count_of(static_cast<std::size_t>(shards->count), "shard") +
            "; with fewer than 3 no majority of primaries can vote for a failover",
        "set replicas to at least " + std::to_string(3 * shards->nodes_each));
  }
  if (*each > 0 && !per_shard) {
    context.warning(code::kLayout, "/spec/layout",
                    "Single cannot keep the nodes of one shard on different hosts",
                    "leave layout out, or set PerShard");
  }
  check_budget(context, *shards, per_shard);
}

}  // namespace autocache::spec
