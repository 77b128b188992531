#include "plan/plan.h"

#include "base/number.h"
#include "base/text.h"
#include "plan/cache.h"
#include "plan/cluster_nodes.h"
#include "plan/compare.h"
#include "plan/read_side.h"
#include "plan/slot_section.h"
#include "plan/steps.h"

#include <algorithm>
#include <functional>
#include <set>

namespace autocache::plan {
namespace {

using MakeHooks = std::function<std::vector<Json>(const std::set<std::string>&)>;

/// The cache that `nodes` are of: the only one, else the one whose Pods' names they announce.
const CachePair* cache_of(const std::vector<ClusterNode>& nodes,
                          const std::vector<CachePair>& caches) {
  std::vector<const CachePair*> candidates;
  for (const CachePair& pair : caches) {
    if (pair.before != nullptr && pair.after != nullptr) candidates.push_back(&pair);
  }
  if (candidates.size() > 1) {
    std::erase_if(candidates, [&](const CachePair* pair) {
      return std::none_of(nodes.begin(), nodes.end(), [&](const ClusterNode& node) {
        return pair->before->shard_of_pod(node.pod()) >= 0;
      });
    });
  }
  return candidates.size() == 1 ? candidates.front() : nullptr;
}

Plan build(const Side& before,
           const Side& after,
           const std::vector<ClusterNode>& current,
           const Options& options,
           const MakeHooks& make_hooks) {
  Plan plan;
  plan.old_label = before.label;
  plan.new_label = after.label;
  std::vector<Cache> old_caches = find_caches(before);
  std::vector<Cache> new_caches = find_caches(after);
  fill_in_unknown(old_caches, new_caches);
  const auto caches = pair_caches(old_caches, new_caches);
  const auto objects = pair_objects(before, after);
  plan.changes = compare(before, after, caches, objects, options);
  const CachePair* running = cache_of(current, caches);
  for (const CachePair& pair : caches) {
    if (pair.before == nullptr || pair.after == nullptr) continue;
    if (auto section = plan_slots(*pair.before, *pair.after,
                                  &pair == running ? current : std::vector<ClusterNode>(), options))
      plan.slots.push_back(std::move(*section));
  }
  for (const Change& change : plan.changes) plan.impact = std::max(plan.impact, change.impact);
  std::set<std::string> touched;
  for (const Change& change : plan.changes) {
    if (change.impact != Impact::kNone) touched.insert(change.object.name_space);
  }
  for (const SlotSection& section : plan.slots) {
    if (section.moved > 0) touched.insert(section.name_space);
  }
  const std::vector<Json> hooks = make_hooks(touched);
  const Findings findings{caches, objects, plan.changes, plan.slots, hooks};
  plan.steps = make_steps(findings);
  plan.warnings = make_warnings(findings, options);
  if (!current.empty() && running == nullptr) {
    plan.warnings.emplace_back(
        "nothing tells whose CLUSTER NODES were given: an even layout is assumed");
  }
  return plan;
}

}  // namespace

std::optional<KubeVersion> parse_kube_version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  if (!text.starts_with("1.")) return std::nullopt;
  text.remove_prefix(2);
  text = text.substr(0, text.find_first_of(".+-"));
  const auto minor = parse_number<int>(text);
  if (!minor || *minor < 1 || *minor > 999) return std::nullopt;
  return KubeVersion{*minor};
}

Plan make_plan(const Side& before,
               const Side& after,
               const Options& options,
               const std::vector<Json>& hooks) {
  return build(before, after, {}, options, [&](const auto&) { return hooks; });
}

Outcome make_plan(const Request& request) {
  Outcome outcome;
  Sides sides = read_sides(request, outcome.diagnostics);
  std::vector<ClusterNode> current;
  if (request.current_nodes) {
    auto nodes = read_cluster_nodes(request.current_nodes);
    if (nodes) {
      current = std::move(*nodes);
    } else {
      outcome.diagnostics.insert(outcome.diagnostics.end(), nodes.error().begin(),
                                 nodes.error().end());
    }
  }
  if (!has_errors(outcome.diagnostics)) {
    outcome.plan = build(sides.before.side, sides.after.side, current, request.options,
                         [&](const std::set<std::string>& touched) {
                           return hook_objects(sides.after, touched, request.image_registry);
                         });
  }
  return outcome;
}

}  // namespace autocache::plan
