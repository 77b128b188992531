// Half states of slots: what a hook, a server or another tool that died in the middle of a move
// left behind (reference/redis.md 3.5 has the states). Nothing here ever drops a key that its owner
// does not hold.

#include "runtime-hook/planner_world.h"

#include <algorithm>
#include <map>

namespace autocache::hook {
namespace {

using Pair = std::pair<int, int>;

/// Collects slots per step, so that a hundred slots of one pair make one step.
struct SlotRepairs {
  std::map<Pair, SlotSet> forward;
  std::map<int, SlotSet> close;
  /// By the node that does not answer and may hold keys of them.
  std::map<int, SlotSet> blocked;
};

/// True if `member` can take slots of `source`. Also a surplus node can: what has gone there is
/// visible to clients only as long as the slot is open, and is drained once it owns the slot.
bool can_take(const World& world, int member, int source) {
  return world.answers(member) && world.at(member).primary && member != source &&
         (world.standing(member) == Standing::kDesired ||
          world.standing(member) == Standing::kSurplus) &&
         may_feed(world.at(source), world.at(member));
}

bool imports(const SlotFlags& flags, int member) {
  return std::any_of(flags.importing.begin(), flags.importing.end(),
                     [member](const auto& flag) { return flag.member == member; });
}

/// Who has the keys that have left for `other`: itself, or the primary that replaced it.
int holder(const World& world, int slot, int other) {
  if (world.answers(other)) {
    return world.at(other).primary ? other : world.at(other).primary_member;
  }
  const int node = other < 0 ? -1 : world.node_of(other);
  const int shard = node < 0 ? -1 : world.shard_of_node[static_cast<std::size_t>(node)];
  const int primary = shard < 0 ? -1 : world.primary_of_shard[static_cast<std::size_t>(shard)];
  return world.answers(primary) && world.keys_in(primary, slot) > 0 ? primary : other;
}

/// A slot that its owner is migrating. Closing it hides the keys that have left already from
/// clients, and what they write then is a second version: so it is finished wherever keys may be on
/// the other side.
void repair_migrating(
    World& world, int slot, const SlotFlags& flags, int other, SlotRepairs& repairs) {
  const int owner = world.owner(slot);
  const int to = holder(world, slot, other);
  if (can_take(world, to, owner)) {
    const bool begun = imports(flags, to) || world.keys_in(to, slot) > 0;
    if (begun || world.standing(to) == Standing::kDesired) {
      repairs.forward[{owner, to}].insert(slot);
      return;
    }
  }
  const bool lost = other < 0 || world.answers(other) || world.standing(other) == Standing::kGone ||
                    world.options.data_loss == DataLoss::kAccept;
  if (lost) {
    repairs.close[owner].insert(slot);
  } else {
    repairs.blocked[other].insert(slot);
  }
}

void repair_flags(World& world, int slot, const SlotFlags& flags, SlotRepairs& repairs) {
  const int owner = world.owner(slot);
  for (const auto& flag : flags.migrating) {
    if (flag.member == owner) {
      repair_migrating(world, slot, flags, flag.other, repairs);
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
    // One that has not heard yet that it lost the slot would take writes again if its flag were
    // closed, and drop them when it hears. The flag is closed once it knows.
    if (!world.at(flag.member).slots.contains(slot)) {
      close(flag);
    }
  }
  for (const auto& flag : flags.importing) {
    if (flag.member == owner || !world.at(flag.member).primary ||
        world.keys_in(flag.member, slot) == 0) {
      close(flag);
    }
  }
}

/// Keys outside the owner of their slot go home to it. Where several servers hold keys of a slot
/// they go one after the other, and those of one that imports it first: that is where keys of a
/// broken move are, with what clients wrote last.
void find_strays(const World& world, const SlotRepairs& so_far, std::map<Pair, SlotSet>& home) {
  SlotSet busy;
  for (const auto& [pair, slots] : so_far.forward) {
    busy |= slots;
  }
  for (const auto& [slot, flags] : world.open) {
    for (const auto& flag : flags.migrating) {
      // An owner that still migrates the slot would redirect the keys away again: its flag is
      // closed first.
      if (flag.member == world.owner(slot)) {
        busy.insert(slot);
      }
    }
  }
  std::map<int, int> holders;
  for (const int member : world.live) {
    if (!world.at(member).primary) {
      continue;
    }
    for (const auto& [slot, keys] : world.at(member).slot_keys) {
      const int owner = world.owner(slot);
      const bool stray = keys > 0 && owner != member && world.answers(owner) &&
                         !world.at(member).slots.contains(slot);
      if (stray && !busy.contains(slot)) {
        const auto [it, fresh] = holders.try_emplace(slot, member);
        const auto open = world.open.find(slot);
        if (!fresh && open != world.open.end() && imports(open->second, member)) {
          it->second = member;
        }
      }
    }
  }
  for (const auto& [slot, member] : holders) {
    home[{member, world.owner(slot)}].insert(slot);
  }
}

/// A server ignores gossip about a slot that it imports. If the owner failed meanwhile, it takes
/// the lost one for the owner, says that the cluster is down, and its keys cannot leave. Its flag
/// stays open when it is told who the owner is.
void tell_importers(World& world) {
  std::map<Pair, SlotSet> wrong;
  for (const auto& [slot, flags] : world.open) {
    const int owner = world.owner(slot);
    if (!world.answers(owner) || !world.at(owner).primary) {
      continue;
    }
    for (const auto& flag : flags.importing) {
      const Member& node = world.at(flag.member);
      const Peer* peer = world.peer(flag.member, owner);
      const bool knows = peer != nullptr && !peer->has(kHandshake) && !peer->has(kReplicaFlag);
      if (node.primary && flag.member != owner && knows && !node.slots.contains(slot) &&
          (*node.owners)[static_cast<std::size_t>(slot)] != owner) {
        wrong[{flag.member, owner}].insert(slot);
      }
    }
  }
  for (const auto& [pair, slots] : wrong) {
    world.step(TellOwner{pair.first, pair.second, slots},
               world.name(pair.first) + " imports " + slots_text(slots) +
                   " and takes another node for the owner");
  }
}

void report_blocked(World& world, const std::map<int, SlotSet>& blocked) {
  for (const auto& [other, slots] : blocked) {
    const std::string seen = slots_are(slots) + " on their way to " + world.name(other) +
                             ", which does not answer and may hold keys of them";
    if (world.standing(other) == Standing::kSurplus) {
      world.refuse("half_moved", seen, "start it again, or pass --accept-data-loss");
    } else {
      world.wait("half_moved", seen);
    }
  }
}

}  // namespace

void plan_open_slots(World& world) {
  tell_importers(world);
  if (world.stop()) {
    return;
  }
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
  std::map<Pair, SlotSet> home;
  find_strays(world, repairs, home);
  std::vector<SlotMove> moves;
  for (const auto& [pair, slots] : repairs.forward) {
    moves.push_back({pair.first, pair.second, slots});
  }
  for (const SlotMove& move : first_round(moves)) {
    if (may_raise_epoch(world, move.to)) {
      world.step(MoveSlots{move.from, move.to, move.slots},
                 "a move of " + slots_text(move.slots) + " from " + world.name(move.from) + " to " +
                     world.name(move.to) + " was interrupted: finishing it");
    }
  }
  for (const auto& [pair, slots] : home) {
    world.step(BringHome{pair.first, pair.second, slots},
               world.name(pair.first) + " holds keys of " + slots_text(slots) + " that " +
                   world.name(pair.second) + " owns");
  }
  for (const auto& [member, slots] : repairs.close) {
    world.step(CloseSlots{member, slots},
               slots_are(slots) + " open at " + world.name(member) + " without a move");
  }
  report_blocked(world, repairs.blocked);
}

}  // namespace autocache::hook
