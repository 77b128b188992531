// Repair of slots that an interrupted move, a lost node or a cut network left behind
// (reference/redis.md 3.5 has the states). Nothing here ever drops a key that its owner does not
// hold.

#include "runtime-hook/planner_world.h"

#include <algorithm>
#include <map>
#include <set>

namespace autocache::hook {
namespace {

using Pair = std::pair<int, int>;

/// Collects slots per step, so that a hundred slots of one pair make one step.
struct SlotRepairs {
  std::map<Pair, SlotSet> forward;
  std::map<Pair, SlotSet> home;
  std::map<int, SlotSet> close;
};

/// A surplus node too: only the owner's flag says which of two copies of a key is the true one, and
/// while it is closed clients do not find the keys that have left. The node is emptied afterwards.
bool is_destination(const World& world, int member, int source) {
  const Standing standing = member < 0 ? Standing::kGone : world.standing(member);
  return world.answers(member) && world.at(member).primary && member != source &&
         (standing == Standing::kDesired || standing == Standing::kSurplus) &&
         may_feed(world.at(source), world.at(member));
}

void repair_flags(const World& world, int slot, const SlotFlags& flags, SlotRepairs& repairs) {
  const int owner = world.owner(slot);
  for (const auto& flag : flags.migrating) {
    if (flag.member == owner && is_destination(world, flag.other, owner)) {
      repairs.forward[{owner, flag.other}].insert(slot);
      return;
    }
  }
  const auto close = [&](const SlotFlags::Flag& flag) {
    const Member& member = world.at(flag.member);
    // A replica's flags come from its primary (Valkey 8 replicates SETSLOT): closing there closes
    // both.
    const int at = member.primary ? flag.member : member.primary_member;
    if (world.answers(at) && world.at(at).primary) {
      repairs.close[at].insert(slot);
    }
  };
  for (const auto& flag : flags.migrating) {
    close(flag);
  }
  for (const auto& flag : flags.importing) {
    if (flag.member == owner || !world.at(flag.member).primary ||
        world.keys_in(flag.member, slot) == 0) {
      close(flag);
    }
  }
}

void find_strays(const World& world, const SlotRepairs& repairs_so_far, SlotRepairs& repairs) {
  SlotSet forward;
  SlotSet closing;
  for (const auto& [pair, slots] : repairs_so_far.forward) {
    forward |= slots;
  }
  for (const auto& [slot, flags] : world.open) {
    const int owner = world.owner(slot);
    for (const auto& flag : flags.migrating) {
      if (flag.member == owner) {
        closing.insert(slot);
      }
    }
  }
  for (const int member : world.live) {
    if (!world.at(member).primary) {
      continue;
    }
    for (const auto& [slot, keys] : world.at(member).slot_keys) {
      const int owner = world.owner(slot);
      const bool stray = keys > 0 && owner != member && world.answers(owner) &&
                         !world.at(member).slots.contains(slot);
      // An owner that still migrates the slot would redirect the keys away again: its flag is
      // closed first.
      if (stray && !forward.contains(slot) && !closing.contains(slot)) {
        repairs.home[{member, owner}].insert(slot);
      }
    }
  }
}

/// How long the servers themselves get to replace a primary before the hook does: they notice after
/// a node timeout and vote within another.
std::chrono::milliseconds patience(const World& world) {
  long timeout = 15000;
  for (const int member : world.live) {
    const auto& config = world.at(member).config;
    if (const auto it = config.find("cluster-node-timeout"); it != config.end()) {
      timeout = std::max(500L, std::strtol(it->second.c_str(), nullptr, 10));
    }
  }
  return std::chrono::milliseconds(2 * timeout + 1000);
}

bool considered_failed(const World& world, int member) {
  return std::any_of(world.live.begin(), world.live.end(), [&](int viewer) {
    const Peer* peer = world.peer(viewer, member);
    return peer != nullptr && (peer->has(kFailed) || peer->has(kMaybeFailed));
  });
}

/// The answering replica of `primary` that has read most of its data; -1 if there is none.
int best_replica(const World& world, int primary) {
  int best = -1;
  for (const int member : world.live) {
    const Member& node = world.at(member);
    if (node.primary || node.primary_member != primary ||
        world.standing(member) != Standing::kDesired) {
      continue;
    }
    const auto rank = [&](int m) { return std::pair(world.at(m).version, world.at(m).offset); };
    const auto oldest_first = [&](int a, int b) {
      // Never hand over to a newer version while one of the same is there: the others could not
      // replicate it.
      return rank(a).first != rank(b).first ? rank(a).first < rank(b).first
                                            : rank(a).second > rank(b).second;
    };
    if (best < 0 || oldest_first(member, best)) {
      best = member;
    }
  }
  return best;
}

/// Who gets the slots of an owner that is gone with its data.
int heir(const World& world, int gone) {
  const int node = world.node_of(gone);
  if (node >= 0) {
    const int shard = world.shard_of_node[static_cast<std::size_t>(node)];
    const int primary = shard < 0 ? -1 : world.primary_of_shard[static_cast<std::size_t>(shard)];
    if (primary >= 0) {
      return primary;
    }
  }
  int best = -1;
  for (const int primary : world.primary_of_shard) {
    if (primary >= 0 && (best < 0 || world.owned(primary) < world.owned(best))) {
      best = primary;
    }
  }
  return best;
}

void replace_dead_owner(World& world, int dead, const SlotSet& slots) {
  const bool gone = world.standing(dead) == Standing::kGone;
  const int replica = best_replica(world, dead);
  if (replica >= 0) {
    const bool servers_had_time =
        world.now.elapsed >= (gone ? std::chrono::milliseconds(1500) : patience(world));
    if (servers_had_time && (gone || considered_failed(world, dead))) {
      world.step(Failover{replica, Failover::Kind::kTakeover},
                 world.name(dead) + " does not come back and nobody has replaced it; " +
                     world.name(replica) + " is its most caught-up replica",
                 0, Certainty::kConfirmed);
    } else {
      world.wait("failover", world.name(replica) + " should take over " + slots_text(slots) +
                                 " of " + world.name(dead));
    }
    return;
  }
  if (world.standing(dead) == Standing::kSurplus) {
    if (world.options.data_loss == DataLoss::kAccept) {
      world.step(ClaimSlots{heir(world, dead), slots},
                 "a surplus owner is down; data loss was accepted", 0, Certainty::kConfirmed);
    } else {
      world.refuse(
          "surplus_owner_down",
          world.name(dead) + " is surplus, owns " + slots_text(slots) + " and does not answer",
          "start it again so that its slots can be moved, or pass --accept-data-loss");
    }
    return;
  }
  if (!gone && world.options.data_loss == DataLoss::kRefuse) {
    world.wait("owner_down",
               world.name(dead) + " owns " + slots_text(slots) + " and does not answer");
    return;
  }
  if (world.wanted.storage == Storage::kPersistent &&
      world.options.data_loss == DataLoss::kRefuse) {
    world.refuse(
        "data_may_exist",
        slots_text(slots) + " belonged to " + world.name(dead) + ", which no longer exists",
        "its volume may still hold the data: bring it back, or pass --accept-data-loss");
    return;
  }
  const int target = heir(world, dead);
  if (target < 0) {
    world.wait("no_heir", "nobody can take over " + slots_text(slots));
    return;
  }
  if (world.options.command == PlanCommand::kGate) {
    world.wait("uncovered", slots_text(slots) + " have no owner: sync or heal assigns them");
    return;
  }
  world.step(
      ClaimSlots{target, slots},
      slots_text(slots) + " belonged to " + world.name(dead) + ", which is gone with its data", 0,
      Certainty::kConfirmed);
}

/// Who should get an uncovered slot: who holds most keys of it, else who was importing it, else
/// nobody.
int claimant(const World& world, int slot) {
  int best = -1;
  std::int64_t most = 0;
  for (const int member : world.live) {
    const std::int64_t keys = world.at(member).primary ? world.keys_in(member, slot) : 0;
    if (keys > most) {
      most = keys;
      best = member;
    }
  }
  if (best < 0) {
    if (const auto it = world.open.find(slot); it != world.open.end()) {
      for (const auto& flag : it->second.importing) {
        best = world.at(flag.member).primary ? flag.member : best;
      }
    }
  }
  return best;
}

}  // namespace

void plan_open_slots(World& world) {
  if (!world.open.empty() && !world.has_census()) {
    world.plan.needs_census = true;
    return;
  }
  SlotRepairs repairs;
  for (const auto& [slot, flags] : world.open) {
    if (world.answers(world.owner(slot))) {
      repair_flags(world, slot, flags, repairs);
    }
  }
  SlotRepairs strays;
  find_strays(world, repairs, strays);
  std::vector<SlotMove> moves;
  for (const auto& [pair, slots] : repairs.forward) {
    moves.push_back({pair.first, pair.second, slots});
  }
  for (const SlotMove& move : first_round(moves)) {
    if (!may_raise_epoch(world, move.to)) {
      world.wait("epochs", world.name(move.to) + " or the others have not heard of the last moves");
      continue;
    }
    world.step(MoveSlots{move.from, move.to, move.slots},
               "a move of " + slots_text(move.slots) + " from " + world.name(move.from) + " to " +
                   world.name(move.to) + " was interrupted: finishing it");
  }
  for (const auto& [pair, slots] : strays.home) {
    world.step(BringHome{pair.first, pair.second, slots},
               world.name(pair.first) + " holds keys of " + slots_text(slots) + " that " +
                   world.name(pair.second) + " owns");
  }
  for (const auto& [member, slots] : repairs.close) {
    world.step(CloseSlots{member, slots},
               slots_text(slots) + " are open at " + world.name(member) + " without a move");
  }
}

void plan_dead_owners(World& world) {
  std::map<int, SlotSet> dead;
  for (int slot = 0; slot < kSlotCount; ++slot) {
    const int owner = world.owner(slot);
    if (owner != kNoOwner && !world.answers(owner)) {
      dead[owner].insert(slot);
    }
  }
  for (const auto& [member, slots] : dead) {
    replace_dead_owner(world, member, slots);
  }
}

void plan_uncovered(World& world) {
  const SlotSet uncovered = slots_of(world.owners, kNoOwner);
  if (uncovered.empty()) {
    return;
  }
  if (!world.has_census()) {
    world.plan.needs_census = true;
    return;
  }
  const SlotMap shards = wanted_shards(world.wanted);
  std::map<int, SlotSet> claims;
  std::map<int, SlotSet> adds;
  SlotSet nobody;
  for (const int slot : uncovered.slots()) {
    int target = claimant(world, slot);
    if (target < 0) {
      target =
          world.primary_of_shard[static_cast<std::size_t>(shards[static_cast<std::size_t>(slot)])];
    }
    if (target < 0) {
      nobody.insert(slot);
      continue;
    }
    // ADDSLOTS raises no epoch, so it convinces only those who take the slot for free.
    const bool free_everywhere = std::all_of(world.live.begin(), world.live.end(), [&](int viewer) {
      return (*world.at(viewer).owners)[static_cast<std::size_t>(slot)] == kNoOwner;
    });
    (free_everywhere ? adds : claims)[target].insert(slot);
  }
  if (!nobody.empty()) {
    world.wait("uncovered", slots_text(nobody) + " have no owner and nobody can take them yet");
  }
  for (const auto& [member, slots] : adds) {
    world.step(AddSlots{member, slots}, slots_text(slots) + " are assigned to nobody");
  }
  for (const auto& [member, slots] : claims) {
    if (!may_raise_epoch(world, member)) {
      world.wait("epochs", world.name(member) + " or the others have not heard of the last moves");
      continue;
    }
    world.step(ClaimSlots{member, slots},
               slots_text(slots) +
                   " are claimed by nobody, each of the others takes another for the owner",
               0, Certainty::kConfirmed);
  }
}

void plan_views(World& world) {
  // Gossip needs a moment; what it has not settled by then it never will (a stale importing flag
  // freezes a view).
  const bool settled = world.now.unchanged >= std::chrono::milliseconds(1500);
  std::map<const SlotMap*, std::map<int, SlotSet>> wrong_by_map;
  int differing = 0;
  std::set<int> outvoted;
  for (const int viewer : world.live) {
    if (!world.known[static_cast<std::size_t>(viewer)] && world.at(viewer).peers.size() <= 1 &&
        world.owned(viewer) == 0) {
      continue;  // not a member yet, or no longer
    }
    const SlotMap* map = world.at(viewer).owners.get();
    const auto [it, fresh] = wrong_by_map.try_emplace(map);
    if (fresh && *map != world.owners) {
      for (int slot = 0; slot < kSlotCount; ++slot) {
        const int owner = world.owner(slot);
        if (owner != kNoOwner && (*map)[static_cast<std::size_t>(slot)] != owner) {
          it->second[owner].insert(slot);
        }
      }
    }
    for (const auto& [owner, slots] : it->second) {
      if (owner == viewer || !world.answers(owner)) {
        continue;
      }
      ++differing;
      const bool may_tell = world.at(viewer).primary && (world.at(viewer).slots & slots).empty();
      if (settled && may_tell) {
        world.step(
            TellOwner{viewer, owner, slots},
            world.name(viewer) + " takes another node for the owner of " + slots_text(slots));
      } else if (settled && !world.at(viewer).primary) {
        outvoted.insert(owner);
      }
    }
  }
  // A replica takes no SETSLOT: it believes whoever has the higher epoch.
  for (const int owner : outvoted) {
    if (world.claimed_twice.empty()) {
      world.step(BumpEpoch{owner},
                 "a replica takes another node for the owner of slots of " + world.name(owner));
    }
  }
  if (differing > 0 && world.plan.steps.empty()) {
    world.wait("views_differ",
               std::to_string(differing) + " views of the slot owners are not up to date");
  }
}

void plan_forget(World& world) {
  for (int gone = 0; gone < static_cast<int>(world.now.members.size()); ++gone) {
    if (world.answers(gone) || world.owned(gone) > 0) {
      continue;
    }
    bool replica = false;
    bool assigned = false;
    std::vector<int> viewers;
    for (const int viewer : world.live) {
      if (const Peer* peer = world.peer(viewer, gone); peer != nullptr && !peer->has(kHandshake)) {
        viewers.push_back(viewer);
        replica = replica || peer->has(kReplicaFlag);
      }
      const SlotMap& owners = *world.at(viewer).owners;
      assigned = assigned || std::find(owners.begin(), owners.end(), gone) != owners.end();
    }
    const bool is_gone = world.standing(gone) == Standing::kGone;
    const bool lost_replica = world.standing(gone) == Standing::kSurplus && replica;
    if (viewers.empty() || assigned || !(is_gone || lost_replica)) {
      continue;
    }
    const bool led = std::any_of(world.live.begin(), world.live.end(), [&](int member) {
      return !world.at(member).primary && world.at(member).primary_member == gone;
    });
    if (led) {
      world.wait("replica_of_gone",
                 "a node still replicates " + world.name(gone) + ", which is gone");
      continue;
    }
    for (const int viewer : viewers) {
      world.step(Forget{viewer, gone}, world.name(gone) + " no longer exists and owns no slot", 0,
                 Certainty::kConfirmed);
    }
  }
}

}  // namespace autocache::hook
