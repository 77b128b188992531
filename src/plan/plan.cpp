#include "plan/plan.h"

#include "base/text.h"
#include "plan/cache.h"
#include "plan/cluster_nodes.h"
#include "plan/compare.h"
#include "plan/read_side.h"
#include "plan/slot_section.h"
#include "plan/steps.h"

#include <algorithm>
#include <charconv>
#include <functional>

namespace autocache::plan {
namespace {

using MakeJobs = std::function<std::vector<Json>(const std::vector<Change>&)>;

Plan build(const Side& before,
           const Side& after,
           const std::vector<ClusterNode>& current,
           const Options& options,
           const MakeJobs& make_jobs) {
  Plan plan;
  plan.old_label = before.label;
  plan.new_label = after.label;
  const std::vector<Cache> old_caches = find_caches(before);
  const std::vector<Cache> new_caches = find_caches(after);
  const auto caches = pair_caches(old_caches, new_caches);
  const auto objects = pair_objects(before, after);
  plan.changes = compare(before, after, caches, objects, options);
  for (const CachePair& pair : caches) {
    if (pair.before == nullptr || pair.after == nullptr) continue;
    if (auto section = plan_slots(*pair.before, *pair.after, current, options))
      plan.slots.push_back(std::move(*section));
  }
  for (const Change& change : plan.changes) plan.impact = std::max(plan.impact, change.impact);
  const std::vector<Json> jobs =
      plan.impact == Impact::kNone ? std::vector<Json>() : make_jobs(plan.changes);
  const Findings findings{caches, objects, plan.changes, plan.slots, jobs};
  plan.steps = make_steps(findings);
  plan.warnings = make_warnings(findings, options);
  return plan;
}

}  // namespace

std::optional<KubeVersion> parse_kube_version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  if (!text.starts_with("1.")) return std::nullopt;
  text.remove_prefix(2);
  text = text.substr(0, text.find_first_of(".+-"));
  int minor = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), minor);
  if (error != std::errc{} || end != text.data() + text.size() || minor < 1 || minor > 999)
    return std::nullopt;
  return KubeVersion{minor};
}

Plan make_plan(const Side& before,
               const Side& after,
               const Options& options,
               const std::vector<Json>& jobs) {
  return build(before, after, {}, options, [&](const auto&) { return jobs; });
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
                         [&](const auto& changes) { return hook_jobs(sides.after, changes); });
  }
  return outcome;
}

}  // namespace autocache::plan
