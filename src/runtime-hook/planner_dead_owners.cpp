// What becomes of the slots of an owner that does not answer.

#include "runtime-hook/planner_world.h"

#include <algorithm>
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
  } else if (may_raise_epoch(world, target)) {
    world.step(ClaimSlots{target, slots}, why, 0, Certainty::kConfirmed);
  }
}

std::string silence_of(const World& world, int member, const SlotSet& slots) {
  return world.name(member) + " owns " + slots_text(slots) + " and does not answer";
}

/// `replica` becomes the primary as soon as the servers had their time to do that themselves, and
/// if `dead` cannot be alive somewhere else.
void take_over(World& world, int dead, int replica, const SlotSet& slots) {
  const bool gone = world.standing(dead) == Standing::kGone;
  const bool servers_had_time =
      world.now.elapsed >= (gone ? std::chrono::milliseconds(1500) : patience(world));
  if (!may_replace_silent(world) && world.options.data_loss == DataLoss::kRefuse) {
    world.wait("owner_down", silence_of(world, dead, slots) +
                                 ", and most nodes do not either: the network may be cut, "
                                 "and they serve clients on the other side; if they are "
                                 "down, pass --accept-data-loss");
  } else if (servers_had_time && (gone || considered_failed(world, dead))) {
    world.step(Failover{replica, Failover::Kind::kTakeover},
               world.name(dead) + " does not come back and nobody has replaced it; " +
                   world.name(replica) + " is its most caught-up replica",
               0, Certainty::kConfirmed);
  } else {
    world.wait("failover", world.name(replica) + " should take over " + slots_text(slots) + " of " +
                               world.name(dead));
  }
}

void replace_dead_owner(World& world, int dead, const SlotSet& slots) {
  const bool gone = world.standing(dead) == Standing::kGone;
  const bool surplus = world.standing(dead) == Standing::kSurplus;
  const bool refuse_loss = world.options.data_loss == DataLoss::kRefuse;
  const bool heard = !gone && is_heard(world, dead);
  const int replica = heard ? -1 : best_replica(world, dead);
  if (replica >= 0) {
    take_over(world, dead, replica, slots);
  } else if (surplus && refuse_loss) {
    refuse_surplus_owner(world, dead, slots);
  } else if (heard) {
    world.wait("owner_down",
               silence_of(world, dead, slots) + " here, but another node hears from it");
  } else if (!gone && refuse_loss) {
    world.wait("owner_down", silence_of(world, dead, slots) + stale_replicas(world, dead));
  } else if (surplus) {
    claim(world, dead, slots, "a surplus owner is down; data loss was accepted");
  } else if (world.wanted.storage == Storage::kPersistent && refuse_loss) {
    world.refuse("data_may_exist",
                 slots_text(slots) + " belonged to " + world.name(dead) +
                     ", which no longer exists" + stale_replicas(world, dead),
                 "its volume may still hold the data: bring it back, or pass --accept-data-loss");
  } else if (world.options.command == PlanCommand::kGate) {
    world.wait("uncovered", "nobody owns " + slots_text(slots) + ": sync or heal assigns them");
  } else {
    claim(world, dead, slots,
          slots_text(slots) + " belonged to " + world.name(dead) + ", which is gone with its data");
  }
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

}  // namespace autocache::hook
