// Repair of slots whose owner is lost or unknown, and of views that gossip does not settle.

#include "runtime-hook/planner_world.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace autocache::hook {
namespace {

/// The longest cluster-node-timeout of those that answer.
std::chrono::milliseconds node_timeout(const World& world) {
  long timeout = 500;
  bool known = false;
  for (const int member : world.live) {
    const auto& config = world.at(member).config;
    const auto it = config.find("cluster-node-timeout");
    if (it != config.end() && it->second != kLeavingNodeTimeout) {
      timeout = std::max(timeout, std::strtol(it->second.c_str(), nullptr, 10));
      known = true;
    }
  }
  return std::chrono::milliseconds(known ? timeout : 15000);
}

/// How long the servers themselves get to replace a primary before the hook does: they notice after
/// a node timeout and vote within another.
std::chrono::milliseconds patience(const World& world) {
  return 2 * node_timeout(world) + std::chrono::milliseconds(1000);
}

/// It does not answer the hook, but a node that does has heard from it of late: it serves clients,
/// and nobody may replace it.
bool is_heard(const World& world, int member) {
  const std::int64_t silent = world.at(member).silent;
  return silent >= 0 && std::chrono::milliseconds(silent) < node_timeout(world);
}

/// No server listens where `member` lived: it is down, and not behind a cut network.
bool is_surely_down(const World& world, int member) {
  const int node = world.node_of(member);
  if (node < 0) {
    return world.standing(member) == Standing::kGone;
  }
  const Place& place = world.now.places[static_cast<std::size_t>(node)];
  return place.member >= 0 || place.reach == Reach::kRefused || place.reach == Reach::kNoName;
}

/// Whether owners that do not answer may be replaced: most owners answer, so that the others would
/// have lost their majority and said cluster_state:fail; or most nodes answer, so that it is not
/// the hook that is cut off; or no silent one can be behind a cut network.
bool may_replace_silent(const World& world) {
  int owners = 0;
  int answering_owners = 0;
  bool sure = true;
  for (int member = 0; member < static_cast<int>(world.now.members.size()); ++member) {
    if (world.owned(member) > 0) {
      ++owners;
      answering_owners += world.answers(member) ? 1 : 0;
      sure = sure && (world.answers(member) || is_surely_down(world, member));
    }
  }
  const auto& nodes = world.roster.member_of_node;
  const auto answering_nodes =
      std::count_if(nodes.begin(), nodes.end(), [&](int member) { return world.answers(member); });
  return sure || answering_owners * 2 > owners ||
         static_cast<std::size_t>(answering_nodes) * 2 > nodes.size();
}

bool considered_failed(const World& world, int member) {
  return std::any_of(world.live.begin(), world.live.end(), [&](int viewer) {
    const Peer* peer = world.peer(viewer, member);
    return peer != nullptr && (peer->has(kFailed) || peer->has(kMaybeFailed));
  });
}

/// Why the data of `replica` is not what `primary` had when it was last heard of; empty if it is,
/// but for what servers accept too when they vote: ten node timeouts and a ping period (redis
/// cluster.c, clusterHandleSlaveFailover, cluster-replica-validity-factor).
std::string staleness(const World& world, int replica, int primary) {
  const Member& node = world.at(replica);
  if (node.link_up) {
    return {};
  }
  if (node.link_down_seconds < 0) {
    return "its replica " + world.name(replica) + " has never had its data";
  }
  const std::chrono::seconds cut_off(node.link_down_seconds -
                                     std::max<std::int64_t>(0, world.at(primary).silent) / 1000);
  if (cut_off <= 10 * node_timeout(world) + std::chrono::seconds(10)) {
    return {};
  }
  return "its replica " + world.name(replica) + " had been without it for " +
         std::to_string(cut_off.count()) + " s";
}

bool is_replica_of(const World& world, int member, int primary) {
  const Member& node = world.at(member);
  return !node.primary && node.primary_member == primary &&
         world.standing(member) == Standing::kDesired;
}

/// What the replicas of `primary` lack, as the end of a message; empty if it has none.
std::string stale_replicas(const World& world, int primary) {
  std::string text;
  for (const int member : world.live) {
    if (is_replica_of(world, member, primary)) {
      text += "; " + staleness(world, member, primary);
    }
  }
  return text;
}

/// The answering replica of `primary` that has read most of its data; -1 if there is none, or none
/// that has it while the primary's own may come back.
int best_replica(const World& world, int primary) {
  const bool any =
      world.options.data_loss == DataLoss::kAccept ||
      (world.standing(primary) == Standing::kGone && world.wanted.storage == Storage::kNone);
  int best = -1;
  for (const int member : world.live) {
    if (!is_replica_of(world, member, primary) ||
        !(any || staleness(world, member, primary).empty())) {
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

/// Others know it, or there are none: only then do they hear of what it claims.
bool joined(const World& world, int member) {
  return world.known[static_cast<std::size_t>(member)] || world.live.size() == 1;
}

/// Who gets the slots of an owner that is gone with its data; -1: nobody can yet.
int heir(const World& world, int gone) {
  const int node = world.node_of(gone);
  if (node >= 0) {
    const int shard = world.shard_of_node[static_cast<std::size_t>(node)];
    const int primary = shard < 0 ? -1 : world.primary_of_shard[static_cast<std::size_t>(shard)];
    if (primary >= 0) {
      return joined(world, primary) ? primary : -1;
    }
  }
  int best = -1;
  for (const int primary : world.primary_of_shard) {
    if (primary >= 0 && joined(world, primary) &&
        (best < 0 || world.owned(primary) < world.owned(best))) {
      best = primary;
    }
  }
  return best;
}

/// The heir of `dead` takes over `slots`, whose data is lost.
void claim(World& world, int dead, const SlotSet& slots, const std::string& why) {
  const int target = heir(world, dead);
  if (target < 0) {
    world.wait("no_heir", "nobody can take over " + slots_text(slots));
  } else if (std::string obstacle = epoch_obstacle(world, target); !obstacle.empty()) {
    world.wait("epochs", std::move(obstacle));
  } else {
    world.step(ClaimSlots{target, slots}, why, 0, Certainty::kConfirmed);
  }
}

void replace_dead_owner(World& world, int dead, const SlotSet& slots) {
  const bool gone = world.standing(dead) == Standing::kGone;
  const bool surplus = world.standing(dead) == Standing::kSurplus;
  const bool refuse_loss = world.options.data_loss == DataLoss::kRefuse;
  const bool heard = !gone && is_heard(world, dead);
  const std::string silence =
      world.name(dead) + " owns " + slots_text(slots) + " and does not answer";
  const int replica = best_replica(world, dead);
  if (replica >= 0 && !heard) {
    const bool servers_had_time =
        world.now.elapsed >= (gone ? std::chrono::milliseconds(1500) : patience(world));
    if (!may_replace_silent(world) && refuse_loss) {
      world.wait("owner_down", silence +
                                   ", and most nodes do not either: the network may be cut, "
                                   "and they serve clients on the other side; if they are "
                                   "down, pass --accept-data-loss");
    } else if (servers_had_time && (gone || considered_failed(world, dead))) {
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
  if (surplus && refuse_loss) {
    refuse_surplus_owner(world, dead, slots);
    return;
  }
  if (heard) {
    world.wait("owner_down", silence + " here, but another node hears from it");
    return;
  }
  if (!gone && refuse_loss) {
    world.wait("owner_down", silence + stale_replicas(world, dead));
    return;
  }
  if (surplus) {
    claim(world, dead, slots, "a surplus owner is down; data loss was accepted");
    return;
  }
  if (world.wanted.storage == Storage::kPersistent && refuse_loss) {
    world.refuse("data_may_exist",
                 slots_text(slots) + " belonged to " + world.name(dead) +
                     ", which no longer exists" + stale_replicas(world, dead),
                 "its volume may still hold the data: bring it back, or pass --accept-data-loss");
    return;
  }
  if (world.options.command == PlanCommand::kGate) {
    world.wait("uncovered", "nobody owns " + slots_text(slots) + ": sync or heal assigns them");
    return;
  }
  claim(world, dead, slots,
        slots_text(slots) + " belonged to " + world.name(dead) + ", which is gone with its data");
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

void refuse_surplus_owner(World& world, int member, const SlotSet& slots) {
  world.refuse(
      "surplus_owner_down",
      world.name(member) + " is surplus, owns " + slots_text(slots) + " and does not answer",
      "start it again so that its slots can be moved, or pass --accept-data-loss");
}

void plan_dead_owners(World& world) {
  for (int member = 0; member < static_cast<int>(world.now.members.size()); ++member) {
    if (world.owned(member) > 0 && !world.answers(member)) {
      replace_dead_owner(world, member, slots_of(world.owners, member));
    }
  }
}

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
    if (!free_everywhere && !epoch_obstacle(world, target).empty()) {
      nobody.insert(slot);
      continue;
    }
    (free_everywhere ? adds : claims)[target].insert(slot);
  }
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
