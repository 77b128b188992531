#include "plan/slot_section.h"

#include "base/text.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace autocache::plan {
namespace {

using hook::SlotMap;

/// A Redis source spends about this many keys a second when one slot follows the other (measured,
/// docs/plan.md).
constexpr double kKeysPerSecondAndSource = 50'000;

struct Layout {
  SlotMap owners = hook::empty_slot_map();
  /// Name of each index of `owners`.
  std::vector<std::string> names;
  std::string basis;
  std::vector<std::string> problems;
};

SlotMap planned(const Cache& cache) {
  SlotMap owners = hook::empty_slot_map();
  for (const auto& [range, shard] : cache.slot_plan) {
    for (int slot = range.first; slot <= range.last; ++slot)
      owners[static_cast<std::size_t>(slot)] = shard;
  }
  return owners;
}

Layout assumed(const Cache& before, int shards) {
  Layout layout;
  for (int i = 0; i < shards; ++i) layout.names.push_back(before.shard_name(i));
  if (before.slot_plan.empty()) {
    layout.owners = hook::even_assignment(before.shards());
    layout.basis = "assumed: every shard owns an even, contiguous part";
  } else {
    layout.owners = planned(before);
    layout.basis = "assumed: slots lie as the slot plan before says";
  }
  return layout;
}

void find_problems(const std::vector<const ClusterNode*>& owners, Layout& layout) {
  const auto homeless = std::count(layout.owners.begin(), layout.owners.end(), hook::kNoOwner);
  if (homeless > 0) {
    layout.problems.push_back(std::to_string(homeless) +
                              " slots have no owner in the given CLUSTER NODES: nothing moves "
                              "before that is repaired");
  }
  for (const ClusterNode* node : owners) {
    if (node->failed)
      layout.problems.push_back(
          node->address +
          " owns slots and is marked as failed: nothing moves before that is repaired");
    if (node->open_slots)
      layout.problems.push_back(node->address +
                                " has slots on their way: the hook finishes these moves first");
  }
}

/// The shards in the order of their names where nodes announce them, else of their lowest slots.
Layout running(const Cache& before, int shards, const std::vector<ClusterNode>& nodes) {
  Layout layout;
  for (int i = 0; i < shards; ++i) layout.names.push_back(before.shard_name(i));
  layout.basis = "read from CLUSTER NODES";
  std::vector<const ClusterNode*> owners;
  for (const ClusterNode& node : nodes) {
    if (node.primary && (!node.slots.empty() || !node.failed)) owners.push_back(&node);
  }
  std::stable_sort(owners.begin(), owners.end(), [](const ClusterNode* a, const ClusterNode* b) {
    return a->slots.next(0) < b->slots.next(0);
  });
  std::set<int> taken;
  std::vector<const ClusterNode*> unnamed;
  const auto give = [&](const ClusterNode& node, int shard) {
    taken.insert(shard);
    for (const int slot : node.slots.slots()) layout.owners[static_cast<std::size_t>(slot)] = shard;
  };
  for (const ClusterNode* node : owners) {
    const int shard = before.shard_of_pod(node->pod());
    if (shard >= 0 && shard < shards && !taken.contains(shard)) {
      give(*node, shard);
    } else {
      unnamed.push_back(node);
    }
  }
  int next = 0;
  for (const ClusterNode* node : unnamed) {
    while (taken.contains(next)) ++next;
    if (next >= static_cast<int>(layout.names.size())) layout.names.push_back(node->address);
    layout.names[static_cast<std::size_t>(next)] = node->address;
    give(*node, next);
  }
  find_problems(owners, layout);
  if (!unnamed.empty())
    layout.basis += "; nodes without a name are taken in the order of their slots";
  return layout;
}

std::vector<hook::SlotMove> moves_between(const Layout& layout, const Cache& after) {
  if (!after.slot_plan.empty()) return hook::moves_to(layout.owners, planned(after));
  std::vector<std::uint32_t> weights(layout.names.size(), 0);
  for (std::size_t i = 0; i < weights.size() && i < static_cast<std::size_t>(after.shards()); ++i)
    weights[i] = 1;
  return hook::rebalance(layout.owners, weights);
}

Estimate estimate(int moved, std::size_t sources, const Cache& after, const Options& options) {
  Estimate result;
  const double part = static_cast<double>(moved) / hook::kSlotCount;
  const auto share = [part](std::int64_t all) {
    return static_cast<std::int64_t>(std::llround(static_cast<double>(all) * part));
  };
  if (options.keys) result.keys = share(*options.keys);
  if (options.bytes) result.bytes = share(*options.bytes);
  if (moved == 0) return result;
  const double rate = options.rate_limit_mbps.value_or(after.rate_limit_mbps);
  double seconds = 0;
  if (result.keys) {
    seconds = static_cast<double>(*result.keys) /
              (kKeysPerSecondAndSource * static_cast<double>(std::max<std::size_t>(sources, 1)));
    result.basis = "50,000 keys a second and source";
  }
  if (result.bytes && rate > 0) {
    seconds = std::max(seconds, static_cast<double>(*result.bytes) / (rate * 1e6));
    result.basis = result.basis.empty() ? "the rate limit" : result.basis + ", the rate limit";
  }
  if (!result.basis.empty()) result.seconds = seconds;
  return result;
}

bool same_layout(const Cache& a, const Cache& b) {
  return a.shards() == b.shards() && a.slot_plan == b.slot_plan;
}

}  // namespace

std::optional<SlotSection> plan_slots(const Cache& before,
                                      const Cache& after,
                                      const std::vector<ClusterNode>& current,
                                      const Options& options) {
  // Another layout is another set of nodes: nothing moves, the data is lost.
  if (before.per_shard != after.per_shard || before.shards() == 0 || after.shards() == 0)
    return std::nullopt;
  if (current.empty() && same_layout(before, after)) return std::nullopt;

  const int shards = std::max(before.shards(), after.shards());
  const Layout layout =
      current.empty() ? assumed(before, shards) : running(before, shards, current);
  const auto moves = moves_between(layout, after);
  const SlotMap result = hook::apply_moves(layout.owners, moves);

  SlotSection section;
  section.name_space = after.name_space;
  section.name = after.name;
  section.moved = hook::moved_slots(moves);
  section.basis = layout.basis;
  section.problems = layout.problems;
  std::set<int> sources;
  for (std::size_t i = 0; i < layout.names.size(); ++i) {
    const int node = static_cast<int>(i);
    section.shards.push_back(
        {layout.names[i], hook::slots_of(layout.owners, node), hook::slots_of(result, node)});
  }
  for (const hook::SlotMove& move : moves) {
    if (move.from < 0 || move.to < 0) continue;
    sources.insert(move.from);
    section.moves.push_back({layout.names[static_cast<std::size_t>(move.from)],
                             layout.names[static_cast<std::size_t>(move.to)], move.slots});
  }
  section.estimate = estimate(section.moved, sources.size(), after, options);
  return section;
}

}  // namespace autocache::plan
