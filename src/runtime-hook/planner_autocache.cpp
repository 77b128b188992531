// The AutoCache server (reference/redis.md 2): no epochs to trust, no FORGET, no RESET, IDs that
// change at every start. Every node is told everything; nodes that do not answer are ghosts and
// stay in the tables for ever.

#include "runtime-hook/planner_world.h"

#include <algorithm>
#include <map>
#include <utility>

namespace autocache::hook {
namespace {

/// Two claims of one slot: who holds more of its keys, then whom slotPlan or the even share would
/// choose, then the lower index.
void settle(World& world, const SlotMap& shards) {
  for (const int slot : world.claimed_twice.slots()) {
    const int planned =
        world.primary_of_shard[static_cast<std::size_t>(shards[static_cast<std::size_t>(slot)])];
    int best = -1;
    const auto rank = [&](int member) {
      return std::pair(world.keys_in(member, slot), member == planned ? 1 : 0);
    };
    for (const int member : world.live) {
      if (world.at(member).primary && world.at(member).slots.contains(slot) &&
          (best < 0 || rank(member) > rank(best))) {
        best = member;
      }
    }
    world.owners[static_cast<std::size_t>(slot)] = best;
  }
}

/// Who answers and should have a slot that no answering server claims. A move that was interrupted
/// leaves it with the source: all the others still say so, and no other has more of its keys. A
/// restarted server has a new ID, so what only a ghost owns goes to the node that answers where the
/// ghost lived.
int heir_of(const World& world, int slot, const SlotMap& shards) {
  std::map<int, int> votes;
  for (const int viewer : world.live) {
    ++votes[(*world.at(viewer).owners)[static_cast<std::size_t>(slot)]];
  }
  int heir = -1;
  const auto rank = [&](int member) {
    return std::pair(world.keys_in(member, slot), votes[member]);
  };
  for (const int member : world.live) {
    const bool known = rank(member) > std::pair<std::int64_t, int>(0, 0);
    if (world.at(member).primary && known && (heir < 0 || rank(member) > rank(heir))) {
      heir = member;
    }
  }
  if (heir >= 0) {
    return heir;
  }
  const int owner = world.owner(slot);
  const int node = owner == kNoOwner ? -1 : world.node_of(owner);
  const int here = node < 0 ? -1 : world.roster.member_of_node[static_cast<std::size_t>(node)];
  if (here >= 0 && world.answers(here) && world.at(here).primary) {
    return here;
  }
  return world.primary_of_shard[static_cast<std::size_t>(shards[static_cast<std::size_t>(slot)])];
}

/// A surplus node is left out only if it is empty, and one that does not answer cannot show it
/// (design.md 5.1.5).
void refuse_silent_surplus(World& world) {
  for (int member = 0; member < static_cast<int>(world.now.members.size()); ++member) {
    if (world.answers(member) || world.standing(member) != Standing::kSurplus ||
        world.options.data_loss == DataLoss::kAccept) {
      continue;
    }
    if (const SlotSet slots = slots_of(world.owners, member); !slots.empty()) {
      refuse_surplus_owner(world, member, slots);
    }
  }
}

void assign_orphans(World& world, const SlotMap& shards) {
  std::vector<SlotSet> adds(world.now.members.size());
  for (int slot = 0; slot < kSlotCount; ++slot) {
    auto& owner = world.owners[static_cast<std::size_t>(slot)];
    if (world.answers(owner)) {
      continue;
    }
    const int heir = heir_of(world, slot, shards);
    if (heir >= 0) {
      owner = heir;
      adds[static_cast<std::size_t>(heir)].insert(slot);
    }
  }
  for (int member = 0; member < static_cast<int>(adds.size()); ++member) {
    const SlotSet& slots = adds[static_cast<std::size_t>(member)];
    if (!slots.empty()) {
      // Confirmed: another hook may be moving them.
      world.step(AddSlots{member, slots}, "nobody that answers owns " + slots_text(slots), 0,
                 Certainty::kConfirmed);
    }
  }
}

void introduce(World& world) {
  for (std::size_t i = 0; i < world.live.size(); ++i) {
    for (std::size_t j = i + 1; j < world.live.size(); ++j) {
      const int a = world.live[i];
      const int b = world.live[j];
      const bool belongs =
          world.options.command == PlanCommand::kSync || (world.owned(a) > 0 && world.owned(b) > 0);
      if (belongs && (world.peer(a, b) == nullptr || world.peer(b, a) == nullptr)) {
        world.step(Meet{a, b}, world.name(a) + " and " + world.name(b) + " do not know each other");
      }
    }
  }
}

/// Nothing is broadcast: whoever is not told never learns.
void tell_everybody(World& world) {
  for (const int viewer : world.live) {
    std::vector<SlotSet> wrong(world.now.members.size());
    for (int slot = 0; slot < kSlotCount; ++slot) {
      const int owner = world.owner(slot);
      if (owner != kNoOwner && world.answers(owner) &&
          (*world.at(viewer).owners)[static_cast<std::size_t>(slot)] != owner) {
        wrong[static_cast<std::size_t>(owner)].insert(slot);
      }
    }
    for (int owner = 0; owner < static_cast<int>(wrong.size()); ++owner) {
      if (!wrong[static_cast<std::size_t>(owner)].empty()) {
        world.step(TellOwner{viewer, owner, wrong[static_cast<std::size_t>(owner)]},
                   world.name(viewer) + " takes another node for the owner", 1);
      }
    }
  }
}

void close_flags(World& world) {
  for (const auto& [slot, flags] : world.open) {
    for (const auto* side : {&flags.migrating, &flags.importing}) {
      for (const auto& flag : *side) {
        // SETSLOT NODE clears both flags on this server; MIGRATING and IMPORTING make every key
        // unreachable.
        world.step(TellOwner{flag.member, world.owner(slot), SlotSet(SlotRange{slot, slot})},
                   world.name(flag.member) + " shows slot " + std::to_string(slot) + " as open", 1);
      }
    }
  }
}

/// Copies that a move left behind on a node that no longer owns their slot.
void purge(World& world) {
  for (const int member : world.live) {
    std::vector<SlotSet> strays(world.now.members.size());
    for (const auto& [slot, keys] : world.at(member).slot_keys) {
      const int owner = world.owner(slot);
      if (world.at(member).primary && keys > 0 && owner != member && world.answers(owner)) {
        strays[static_cast<std::size_t>(owner)].insert(slot);
      }
    }
    for (int owner = 0; owner < static_cast<int>(strays.size()); ++owner) {
      if (!strays[static_cast<std::size_t>(owner)].empty()) {
        world.step(BringHome{member, owner, strays[static_cast<std::size_t>(owner)]},
                   world.name(member) + " holds keys of slots that " + world.name(owner) + " owns",
                   0, Certainty::kConfirmed);
      }
    }
  }
}

void plan_replicas(World& world) {
  for (std::size_t node = 0; node < world.shard_of_node.size(); ++node) {
    const int member = world.roster.member_of_node[node];
    const int primary = world.primary_of_shard[static_cast<std::size_t>(world.shard_of_node[node])];
    if (!world.answers(member) || primary < 0 || primary == member || world.owned(member) > 0) {
      continue;
    }
    if (world.at(member).primary || world.at(member).primary_member != primary) {
      world.step(Replicate{member, primary},
                 world.name(member) + " belongs to the shard of " + world.name(primary));
    }
  }
}

/// Each server tells one other a second what it believes, and old news may win over new: what was
/// changed has to hold for a while.
void settle_down(World& world) {
  constexpr std::chrono::milliseconds kRounds{3000};
  const bool changed = world.now.unchanged < world.now.elapsed;
  if (!world.stop() && changed && world.now.unchanged < kRounds) {
    world.wait("gossip", "the new owners have to hold for three rounds of gossip");
  }
}

bool anybody_answers_without_slots(const World& world) {
  return std::all_of(world.live.begin(), world.live.end(), [&](int member) {
    const SlotMap& owners = *world.at(member).owners;
    return std::all_of(owners.begin(), owners.end(), [](int owner) { return owner == kNoOwner; });
  });
}

void plan_all(World& world) {
  const bool gate = world.options.command == PlanCommand::kGate;
  const bool unformed = anybody_answers_without_slots(world);
  if (unformed && gate) {
    return;
  }
  if (!world.plan.waits.empty()) {
    return;
  }
  if (unformed && world.options.command == PlanCommand::kHeal &&
      world.wanted.storage == Storage::kPersistent) {
    world.refuse("not_formed", "no slot is assigned anywhere", "run sync if this cluster is new");
    return;
  }
  introduce(world);
  if (world.stop()) {
    return;
  }
  if (!world.has_census()) {
    world.plan.needs_census = true;
    return;
  }
  const SlotMap shards = wanted_shards(world.wanted);
  settle(world, shards);
  refuse_silent_surplus(world);
  assign_orphans(world, shards);
  tell_everybody(world);
  close_flags(world);
  if (world.stop()) {
    return;
  }
  purge(world);
  if (world.stop()) {
    return;
  }
  if (!gate) {
    plan_replicas(world);
  }
  if (world.stop() || world.options.command == PlanCommand::kHeal) {
    settle_down(world);
    return;
  }
  plan_balance(world);
  settle_down(world);
}

}  // namespace

Plan plan_autocache(const Snapshot& now, const Desired& wanted, const PlanOptions& options) {
  World world(now, wanted, options);
  for (const Place& place : now.places) {
    if (place.kind == Place::Kind::kDesired && place.reach != Reach::kUp &&
        !(options.command == PlanCommand::kGate && place.reach == Reach::kNoName)) {
      world.wait("node_down", to_string(place.at) +
                                  (place.error.empty() ? " does not answer" : ": " + place.error));
    }
  }
  form_shards(world);
  plan_all(world);
  if (world.plan.refusal) {
    world.plan.steps.clear();
  }
  return std::move(world.plan);
}

}  // namespace autocache::hook
