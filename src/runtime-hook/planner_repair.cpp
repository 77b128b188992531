// Repair of slots whose owner is unknown, and of views that gossip does not settle.

#include "runtime-hook/planner_world.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace autocache::hook {
namespace {

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

struct SilentNode {
  std::string name;
  bool surplus = false;
};

/// Somebody who does not answer and may own a slot that nobody else claims: its own claim is the
/// one that counts, and the others may have lost theirs for it (mark_clearing.h).
std::optional<SilentNode> silent_owner(const World& world) {
  const auto leads = [&](int member) {
    return std::any_of(world.live.begin(), world.live.end(), [&](int viewer) {
      const Peer* peer = world.peer(viewer, member);
      return peer != nullptr && !peer->has(kHandshake) && !peer->has(kReplicaFlag);
    });
  };
  std::set<int> known;
  for (int member = 0; member < static_cast<int>(world.now.members.size()); ++member) {
    known.insert(world.node_of(member));
    if (!world.answers(member) && world.standing(member) != Standing::kGone && leads(member)) {
      return SilentNode{world.name(member), world.standing(member) == Standing::kSurplus};
    }
  }
  for (std::size_t node = 0; node < world.wanted.nodes.size(); ++node) {
    if (world.now.places[node].reach != Reach::kUp && !known.contains(static_cast<int>(node))) {
      return SilentNode{to_string(world.now.places[node].at)};
    }
  }
  return std::nullopt;
}

}  // namespace

void plan_uncovered(World& world) {
  const SlotSet uncovered = slots_of(world.owners, kNoOwner);
  if (uncovered.empty()) {
    return;
  }
  const auto silent = silent_owner(world);
  if (silent && world.options.data_loss == DataLoss::kRefuse) {
    const std::string seen = slots_are(uncovered) + " claimed by nobody, and " + silent->name +
                             ", which does not answer, may be the owner";
    if (silent->surplus) {
      world.refuse("data_may_exist", seen, "start it again, or pass --accept-data-loss");
    } else {
      world.wait("uncovered", seen);
    }
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
  std::erase_if(claims, [&](const auto& claim) {
    const bool may_not = !epoch_obstacle(world, claim.first).empty();
    nobody |= may_not ? claim.second : SlotSet();
    return may_not;
  });
  if (!nobody.empty()) {
    world.wait("uncovered", "nobody can take " + slots_text(nobody) + " without an owner yet");
  }
  for (const auto& [member, slots] : adds) {
    world.step(AddSlots{member, slots}, slots_are(slots) + " assigned to nobody");
  }
  for (const auto& [member, slots] : claims) {
    world.step(
        ClaimSlots{member, slots},
        slots_are(slots) + " claimed by nobody, each of the others takes another for the owner", 0,
        Certainty::kConfirmed);
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
    if (world.claimed_twice.empty() && silent_view(world).empty()) {
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
