// Where slots should be: draining surplus nodes, the minimal rebalance, slot plans, and what keeps
// a move from starting.

#include "runtime-hook/planner_world.h"

#include <algorithm>
#include <map>
#include <set>

namespace autocache::hook {
namespace {

/// How far from its fair share a node may be before a load-aware cluster moves slots for balance
/// alone: load changes by itself, and a second run must find nothing to do.
constexpr int kLoadAwareTolerancePercent = 15;
/// How far below its threshold a node is brought.
constexpr int kMarginPercent = 5;

std::vector<std::uint32_t> leader_weights(const World& world) {
  std::vector<std::uint32_t> weights(world.now.members.size(), 0);
  for (const int primary : world.primary_of_shard) {
    if (primary >= 0) {
      weights[static_cast<std::size_t>(primary)] = 1;
    }
  }
  return weights;
}

/// Moves only between members that answer, as wanted by slotPlan; slots that the plan leaves open
/// stay.
SlotMap planned_owners(const World& world) {
  SlotMap owners = empty_slot_map();
  for (std::size_t slot = 0; slot < owners.size(); ++slot) {
    const int shard = (*world.wanted.slot_plan)[slot];
    owners[slot] =
        shard == kNoOwner ? kNoOwner : world.primary_of_shard[static_cast<std::size_t>(shard)];
  }
  return owners;
}

/// The slots of surplus nodes and of nodes that lead no shard go to the leaders.
std::vector<SlotMove> drain_moves(const World& world) {
  if (world.wanted.slot_plan) {
    SlotMap planned = planned_owners(world);
    SlotMap later = world.owners;
    const std::vector<std::uint32_t> weights = leader_weights(world);
    for (std::size_t slot = 0; slot < planned.size(); ++slot) {
      const int owner = world.owners[slot];
      const bool leaves = owner >= 0 && weights[static_cast<std::size_t>(owner)] == 0;
      planned[slot] = leaves ? planned[slot] : kNoOwner;
      later[slot] = planned[slot] == kNoOwner ? owner : planned[slot];
    }
    std::vector<SlotMove> moves = moves_to(world.owners, planned);
    const std::vector<SlotMove> drained = drain(later, weights);
    moves.insert(moves.end(), drained.begin(), drained.end());
    return moves;
  }
  return drain(world.owners, leader_weights(world));
}

struct Load {
  bool over = false;
  int cap = kSlotCount;  ///< no more slots than this
};

/// What the thresholds say about one leader that owns `count` slots, `fair` being its share.
Load load_of(const World& world, int member, int count, int fair) {
  const LoadAware& limits = *world.wanted.load_aware;
  const Member& node = world.at(member);
  Load load;
  if (count == 0) {
    return load;
  }
  if (node.max_memory > 0) {
    const std::int64_t threshold = node.max_memory / 100 * limits.memory_threshold;
    const std::int64_t fixed = std::max<std::int64_t>(0, node.used_memory - node.dataset);
    const std::int64_t each = std::max<std::int64_t>(1, node.dataset / count);
    if (node.used_memory > threshold) {
      load.over = true;
      const std::int64_t goal = threshold - node.max_memory / 100 * kMarginPercent;
      load.cap = static_cast<int>(std::clamp<std::int64_t>((goal - fixed) / each, 0, count));
    } else if (count < fair && fixed + each * fair > threshold) {
      load.cap = count;
    }
  }
  if (node.cpu_percent > limits.cpu_threshold) {
    load.over = true;
    load.cap = std::min(load.cap, count - count / 10);
  }
  return load;
}

std::vector<SlotMove> load_aware_moves(World& world) {
  std::vector<std::uint32_t> weights = leader_weights(world);
  const std::vector<int> counts = slot_counts(world.owners, static_cast<int>(weights.size()));
  const auto leaders = std::count(weights.begin(), weights.end(), 1U);
  const int fair = leaders == 0 ? 0 : kSlotCount / static_cast<int>(leaders);
  bool over = false;
  bool lopsided = false;
  std::map<int, int> caps;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) {
      continue;
    }
    const Load load = load_of(world, static_cast<int>(i), counts[i], fair);
    over = over || load.over;
    if (load.cap < kSlotCount) {
      caps[static_cast<int>(i)] = load.cap;
    }
    const int distance = std::abs(counts[i] - fair) * 100;
    lopsided = lopsided || (distance > fair * kLoadAwareTolerancePercent && load.cap > counts[i]);
  }
  if (!over && !lopsided) {
    return {};
  }
  if (caps.size() == static_cast<std::size_t>(leaders)) {
    world.plan.notes.push_back("every node is above its load threshold: no slots are moved for it");
    return {};
  }
  // Capped nodes keep just their cap; the rest is shared out evenly among the others.
  std::vector<SlotMove> moves;
  SlotMap pool = world.owners;
  for (const auto& [member, cap] : caps) {
    weights[static_cast<std::size_t>(member)] = 0;
    SlotSet own = slots_of(world.owners, member);
    int keep = cap;
    for (const int slot : own.slots()) {
      if (keep-- > 0) {
        pool[static_cast<std::size_t>(slot)] = kNoOwner;
      }
    }
  }
  return rebalance(pool, weights);
}

std::vector<SlotMove> wanted_moves(World& world) {
  if (world.wanted.slot_plan) {
    return moves_to(world.owners, planned_owners(world));
  }
  if (world.wanted.load_aware) {
    return load_aware_moves(world);
  }
  return rebalance(world.owners, leader_weights(world));
}

bool has_room(World& world, const std::vector<SlotMove>& moves) {
  std::map<int, std::int64_t> incoming;
  for (const SlotMove& move : moves) {
    const std::int64_t owned = std::max(1, world.owned(move.from));
    incoming[move.to] += world.at(move.from).dataset / owned * move.slots.size();
  }
  for (const auto& [member, bytes] : incoming) {
    const Member& node = world.at(member);
    const std::int64_t missing = node.used_memory + bytes - node.max_memory;
    if (node.max_memory == 0 || missing <= 0) {
      continue;
    }
    const bool evicts = node.max_memory_policy != "noeviction" && !node.max_memory_policy.empty();
    if (evicts && world.wanted.on_full == OnFull::kEvict) {
      world.plan.notes.push_back(world.name(member) + " will evict about " +
                                 std::to_string(missing) + " bytes");
      continue;
    }
    world.refuse("no_room",
                 world.name(member) + " would need " + std::to_string(missing) +
                     " bytes more than its maxmemory of " + std::to_string(node.max_memory),
                 evicts ? "raise maxmemory, or set hook.onFull to Evict to let keys be evicted"
                        : "raise maxmemory");
    return false;
  }
  return true;
}

/// False if a destination does not serve its clients yet: it would answer them CLUSTERDOWN.
bool may_serve(World& world, const std::vector<SlotMove>& moves, int stage) {
  std::set<int> destinations;
  for (const SlotMove& move : moves) {
    destinations.insert(move.to);
  }
  bool serve = true;
  for (const int member : destinations) {
    const Member& node = world.at(member);
    if (!node.state_ok) {
      world.wait("cluster_state", world.name(member) + " does not say cluster_state:ok yet");
      serve = false;
    } else if (has_passing_timeout(node)) {
      const auto values = wanted_config(world.wanted, node);
      const auto value = values.find("cluster-node-timeout");
      world.step(
          SetConfig{member,
                    {{"cluster-node-timeout",
                      value == values.end() ? std::string(kDefaultNodeTimeout) : value->second}}},
          world.name(member) + " has joined: its node timeout is restored", stage);
      serve = false;
    }
  }
  return serve;
}

/// Emptied primaries must not become replicas of their destination: that would cost it a full sync.
void keep_as_primary(World& world, int member, int stage) {
  const auto& config = world.at(member).config;
  const auto it = config.find("cluster-allow-replica-migration");
  if (it != config.end() && it->second != "no") {
    world.step(SetConfig{member, {{"cluster-allow-replica-migration", "no"}}},
               world.name(member) + " is being emptied and must not turn into a replica", stage);
  }
}

/// A desired replica of a surplus primary whose shard has nobody else to lead it: it takes over
/// instead of a move.
bool hand_over(World& world, int surplus) {
  for (const int member : world.live) {
    const Member& node = world.at(member);
    if (node.primary || node.primary_member != surplus ||
        world.standing(member) != Standing::kDesired) {
      continue;
    }
    const int shard = world.shard_of_node[static_cast<std::size_t>(world.node_of(member))];
    const int primary =
        shard < 0 ? member : world.primary_of_shard[static_cast<std::size_t>(shard)];
    if (primary >= 0) {
      continue;
    }
    if (!node.link_up || node.syncing || !may_feed(world.at(surplus), node)) {
      world.wait("replica_behind", world.name(member) + " has to catch up before it takes over " +
                                       world.name(surplus));
    } else {
      world.step(Failover{member, Failover::Kind::kGraceful},
                 world.name(surplus) + " is surplus and leads the shard of " + world.name(member));
    }
    return true;
  }
  return false;
}

bool may_leave(const World& world, int member) {
  const Member& node = world.at(member);
  if (node.primary) {
    return node.slots.empty() && world.owned(member) == 0 && node.keys == 0;
  }
  const int primary = node.primary_member;
  if (!world.answers(primary) || !world.at(primary).primary) {
    return false;
  }
  return world.standing(primary) == Standing::kDesired ||
         (world.owned(primary) == 0 && world.at(primary).keys == 0);
}

}  // namespace

void add_moves(World& world,
               const std::vector<SlotMove>& moves,
               const std::string& why,
               int stage) {
  std::vector<SlotMove> possible;
  for (const SlotMove& move : moves) {
    if (!may_feed(world.at(move.from), world.at(move.to))) {
      world.wait("mixed_versions",
                 "slots cannot go from " + world.name(move.from) + " (" +
                     to_string(world.at(move.from).product, world.at(move.from).version) + ") to " +
                     world.name(move.to) + " (" +
                     to_string(world.at(move.to).product, world.at(move.to).version) +
                     "), which is older");
      return;
    }
    if (move.to < 0 || !world.answers(move.to) || !world.answers(move.from)) {
      world.wait("owner_down",
                 "a slot move needs " + world.name(world.answers(move.to) ? move.from : move.to));
      return;
    }
  }
  if (!has_room(world, moves) ||
      (world.wanted.engine != Engine::kAutocache && !may_serve(world, moves, stage))) {
    return;
  }
  for (const SlotMove& move : first_round(moves)) {
    if (world.wanted.engine == Engine::kAutocache || may_raise_epoch(world, move.to)) {
      world.step(MoveSlots{move.from, move.to, move.slots}, why, stage);
    }
  }
}

void plan_surplus(World& world) {
  std::vector<int> leaving;
  bool handing_over = false;
  for (const int member : world.live) {
    if (world.standing(member) != Standing::kSurplus) {
      continue;
    }
    leaving.push_back(member);
    if (world.owned(member) > 0 && hand_over(world, member)) {
      handing_over = true;
    }
  }
  if (handing_over) {
    return;
  }
  if (world.options.command == PlanCommand::kGate) {
    const bool owns = std::any_of(leaving.begin(), leaving.end(),
                                  [&](int member) { return world.owned(member) > 0; });
    if (owns) {
      for (const int member : leaving) {
        keep_as_primary(world, member, 0);
      }
      std::vector<SlotMove> moves = drain_moves(world);
      std::erase_if(moves, [&](const SlotMove& move) {
        return world.standing(move.from) != Standing::kSurplus;
      });
      add_moves(world, moves, "surplus nodes are emptied", 1);
      return;
    }
  }
  std::vector<int> ready;
  for (const int member : leaving) {
    const Member& node = world.at(member);
    if (world.owned(member) > 0) {
      return;
    }
    if (node.primary && node.keys > 0 && !world.has_census()) {
      world.plan.needs_census = true;
      return;
    }
    if (!may_leave(world, member)) {
      world.wait("surplus_not_empty",
                 node.primary ? world.name(member) + " is surplus and still holds " +
                                    std::to_string(node.keys) + " keys"
                              : world.name(member) + " is surplus and its primary is not up");
      return;
    }
    const bool led = std::any_of(world.live.begin(), world.live.end(), [&](int other) {
      return world.standing(other) == Standing::kDesired && !world.at(other).primary &&
             world.at(other).primary_member == member;
    });
    if (led) {
      world.wait("replica_of_surplus", "a desired node still replicates " + world.name(member));
      return;
    }
    ready.push_back(member);
  }
  if (world.options.command == PlanCommand::kGate) {
    bool kept = false;
    for (const int member : ready) {
      kept = mark_leaving(world, member) || kept;
    }
    if (kept) {
      return;
    }
  }
  for (const int member : ready) {
    for (const int viewer : world.live) {
      const bool leaves = std::find(ready.begin(), ready.end(), viewer) != ready.end();
      if (!leaves && world.peer(viewer, member) != nullptr) {
        world.step(Forget{viewer, member}, world.name(member) + " is surplus and empty", 0,
                   Certainty::kConfirmed);
      }
    }
    // Its Pod is about to be deleted, and until then clients ask it: a node that was reset answers
    // CLUSTERDOWN, one that was only forgotten redirects them. What is still here or here again
    // when sync runs must go.
    if (world.options.command != PlanCommand::kGate) {
      world.step(Reset{member, Reset::Kind::kHard},
                 world.name(member) + " is surplus and empty: it must not come back", 1,
                 Certainty::kConfirmed);
    }
  }
}

void plan_balance(World& world) {
  const auto functions = [&](int member) { return world.at(member).functions; };
  std::vector<SlotMove> moves = drain_moves(world);
  std::string why = "nodes that lead no shard are emptied";
  if (moves.empty()) {
    moves = wanted_moves(world);
    why = world.wanted.slot_plan ? "slots are elsewhere than slotPlan says"
                                 : "slots are not balanced";
  }
  int with_functions = -1;
  for (const SlotMove& move : moves) {
    with_functions = functions(move.from) > 0 ? move.from : with_functions;
  }
  for (const SlotMove& move : moves) {
    const bool fresh = world.owned(move.to) == 0 && functions(move.to) == 0;
    const bool listed =
        std::any_of(world.plan.steps.begin(), world.plan.steps.end(), [&](const Step& step) {
          const auto* copy = std::get_if<CopyFunctions>(&step.action);
          return copy != nullptr && copy->to == move.to;
        });
    if (with_functions >= 0 && fresh && !listed) {
      world.step(CopyFunctions{with_functions, move.to},
                 world.name(move.to) + " has no function libraries yet");
    }
  }
  add_moves(world, moves, why, 1);
}

}  // namespace autocache::hook
