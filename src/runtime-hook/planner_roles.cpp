// Shards: which nodes belong together, who leads, who replicates whom.

#include "runtime-hook/planner_world.h"

#include <algorithm>

namespace autocache::hook {
namespace {

/// How bad it is that two nodes of one shard share a host or a zone.
int penalty(const Placement& a, const Placement& b) {
  const int host = !a.host.empty() && a.host == b.host ? 100 : 0;
  const int zone = !a.zone.empty() && a.zone == b.zone ? 1 : 0;
  return host + zone;
}

/// Shards of a single StatefulSet over hosts and zones. Nodes that lead a shard stay; the others go
/// where they share the least, and stay where they are if that is as good.
class Placer {
 public:
  explicit Placer(World& world) : world_(world), nodes_(world.wanted.nodes) {
    const auto shards = static_cast<std::size_t>(world.wanted.shards());
    members_.resize(shards);
    leader_.resize(shards, -1);
    world.shard_of_node.assign(nodes_.size(), -1);
  }

  void run() {
    seat_owners();
    seat_new_leaders();
    keep_replicas();
    seat_rest();
    swap_to_improve();
    for (std::size_t shard = 0; shard < leader_.size(); ++shard) {
      world_.primary_of_shard[shard] = leader_[shard] < 0 ? -1 : member(leader_[shard]);
    }
  }

 private:
  [[nodiscard]] int member(int node) const {
    return world_.roster.member_of_node[static_cast<std::size_t>(node)];
  }
  [[nodiscard]] int owned(int node) const {
    return world_.answers(member(node)) ? world_.owned(member(node)) : 0;
  }
  [[nodiscard]] std::size_t home(int node) const {
    return static_cast<std::size_t>(node / (world_.wanted.replicas_per_shard + 1));
  }

  void seat(int node, std::size_t shard) {
    world_.shard_of_node[static_cast<std::size_t>(node)] = static_cast<int>(shard);
    members_[shard].push_back(node);
  }

  void lead(int node) {
    std::size_t shard = home(node);
    if (leader_[shard] >= 0) {
      shard =
          static_cast<std::size_t>(std::find(leader_.begin(), leader_.end(), -1) - leader_.begin());
    }
    leader_[shard] = node;
    seat(node, shard);
  }

  void seat_owners() {
    std::vector<int> owners;
    for (int node = 0; node < static_cast<int>(nodes_.size()); ++node) {
      if (owned(node) > 0) {
        owners.push_back(node);
      }
    }
    std::stable_sort(owners.begin(), owners.end(),
                     [&](int a, int b) { return owned(a) > owned(b); });
    owners.resize(std::min(owners.size(), leader_.size()));
    std::sort(owners.begin(), owners.end());
    for (const int node : owners) {
      lead(node);
    }
  }

  void seat_new_leaders() {
    while (std::find(leader_.begin(), leader_.end(), -1) != leader_.end()) {
      int best = -1;
      int best_cost = 0;
      for (int node = 0; node < static_cast<int>(nodes_.size()); ++node) {
        const bool free = world_.shard_of_node[static_cast<std::size_t>(node)] < 0;
        if (!free || !world_.answers(member(node)) || !world_.at(member(node)).primary) {
          continue;
        }
        int cost = 0;
        for (const int other : leader_) {
          cost += other < 0 ? 0
                            : penalty(nodes_[static_cast<std::size_t>(node)].placement,
                                      nodes_[static_cast<std::size_t>(other)].placement);
        }
        if (best < 0 || cost < best_cost) {
          best = node;
          best_cost = cost;
        }
      }
      if (best < 0) {
        return;
      }
      lead(best);
    }
  }

  void keep_replicas() {
    for (int node = 0; node < static_cast<int>(nodes_.size()); ++node) {
      if (world_.shard_of_node[static_cast<std::size_t>(node)] >= 0 ||
          !world_.answers(member(node))) {
        continue;
      }
      const int primary = world_.at(member(node)).primary_member;
      for (std::size_t shard = 0; shard < leader_.size(); ++shard) {
        if (leader_[shard] >= 0 && primary >= 0 && member(leader_[shard]) == primary &&
            has_seat(shard)) {
          seat(node, shard);
          break;
        }
      }
    }
  }

  [[nodiscard]] bool has_seat(std::size_t shard) const {
    return static_cast<int>(members_[shard].size()) <= world_.wanted.replicas_per_shard;
  }

  [[nodiscard]] int cost(int node, std::size_t shard) const {
    int sum = 0;
    for (const int other : members_[shard]) {
      sum += other == node ? 0
                           : penalty(nodes_[static_cast<std::size_t>(node)].placement,
                                     nodes_[static_cast<std::size_t>(other)].placement);
    }
    return sum;
  }

  void seat_rest() {
    for (int node = 0; node < static_cast<int>(nodes_.size()); ++node) {
      if (world_.shard_of_node[static_cast<std::size_t>(node)] >= 0) {
        continue;
      }
      std::size_t best = leader_.size();
      for (std::size_t shard = 0; shard < leader_.size(); ++shard) {
        if (has_seat(shard) && (best == leader_.size() || rank(node, shard) < rank(node, best))) {
          best = shard;
        }
      }
      seat(node, best == leader_.size() ? home(node) : best);
    }
  }

  [[nodiscard]] std::pair<std::size_t, int> rank(int node, std::size_t shard) const {
    return {static_cast<std::size_t>(cost(node, shard)) * 1000 + members_[shard].size(),
            shard == home(node) ? 0 : 1};
  }

  void swap_to_improve() {
    bool better = true;
    for (int round = 0; better && round < 100; ++round) {
      better = false;
      for (int a = 0; a < static_cast<int>(nodes_.size()); ++a) {
        for (int b = 0; b < static_cast<int>(nodes_.size()) && cost_of(a) > 0; ++b) {
          better = swap_if_better(a, b) || better;
        }
      }
    }
  }

  [[nodiscard]] std::size_t shard_of(int node) const {
    return static_cast<std::size_t>(world_.shard_of_node[static_cast<std::size_t>(node)]);
  }
  [[nodiscard]] int cost_of(int node) const { return cost(node, shard_of(node)); }

  bool swap_if_better(int a, int b) {
    const std::size_t shard_a = shard_of(a);
    const std::size_t shard_b = shard_of(b);
    if (shard_a == shard_b || leader_[shard_a] == a || leader_[shard_b] == b) {
      return false;
    }
    const int before = cost_of(a) + cost_of(b);
    exchange(a, b);
    if (cost_of(a) + cost_of(b) < before) {
      return true;
    }
    exchange(a, b);
    return false;
  }

  void exchange(int a, int b) {
    const std::size_t shard_a = shard_of(a);
    const std::size_t shard_b = shard_of(b);
    std::replace(members_[shard_a].begin(), members_[shard_a].end(), a, b);
    std::replace(members_[shard_b].begin(), members_[shard_b].end(), b, a);
    std::swap(world_.shard_of_node[static_cast<std::size_t>(a)],
              world_.shard_of_node[static_cast<std::size_t>(b)]);
  }

  World& world_;
  const std::vector<DesiredNode>& nodes_;
  std::vector<std::vector<int>> members_;
  std::vector<int> leader_;
};

/// The leader of a fixed group: who owns most; else a primary; else nobody yet.
int leader_of_group(const World& world, int first, int count) {
  int best = -1;
  for (int node = first; node < first + count; ++node) {
    const int member = world.roster.member_of_node[static_cast<std::size_t>(node)];
    if (!world.answers(member) || !world.at(member).primary) {
      continue;
    }
    if (best < 0 || world.owned(member) > world.owned(best)) {
      best = member;
    }
  }
  // A leader that does not answer keeps its shard, until a replica has taken over.
  if (best < 0 || world.owned(best) == 0) {
    for (int member = 0; member < static_cast<int>(world.now.members.size()); ++member) {
      const int node = world.node_of(member);
      const bool down = !world.answers(member) && node >= first && node < first + count;
      if (down && world.owned(member) > 0 && world.standing(member) == Standing::kDesired) {
        return -1;
      }
    }
  }
  return best;
}

int replicas_of(const World& world, int primary) {
  return static_cast<int>(std::count_if(world.live.begin(), world.live.end(), [&](int member) {
    return !world.at(member).primary && world.at(member).primary_member == primary;
  }));
}

/// A desired node that replicates somebody else although its shard has nobody to lead it.
void plan_leaderless(World& world, int shard) {
  for (std::size_t node = 0; node < world.shard_of_node.size(); ++node) {
    const int member = world.roster.member_of_node[node];
    if (world.shard_of_node[node] != shard || !world.answers(member) || world.at(member).primary) {
      continue;
    }
    const int primary = world.at(member).primary_member;
    const bool safe = world.answers(primary) && world.standing(primary) == Standing::kDesired &&
                      world.at(primary).primary && world.at(member).link_up;
    if (safe) {
      world.step(Reset{member, Reset::Kind::kSoft},
                 world.wanted.shard_name(shard) + " has no primary; " + world.name(member) +
                     " replicates " + world.name(primary) + ", which keeps the data",
                 0, Certainty::kConfirmed);
    } else {
      world.wait("no_primary", world.wanted.shard_name(shard) + " has no primary and " +
                                   world.name(member) + " cannot leave its own safely");
    }
    return;
  }
}

/// A replica that knows the new address of its primary but looks for it at the old one, for ever:
/// Redis changes the target of the replication only when the primary itself tells it, not when
/// gossip does (redis 8.0 cluster_legacy.c clusterProcessGossipSection; Valkey 8.0 mends it, PR
/// 965). The same primary once more is the way out.
void plan_lost_link(World& world, int member, int primary) {
  const Member& node = world.at(member);
  const Peer* peer = world.peer(member, primary);
  if (node.link_up || node.syncing || node.primary_at.host.empty() || peer == nullptr ||
      peer->address < 0) {
    return;
  }
  const Endpoint& known = world.now.addresses[static_cast<std::size_t>(peer->address)];
  if (known.host.empty() ||
      (known.host == node.primary_at.host && known.port == node.primary_at.port)) {
    return;
  }
  const std::string where = world.name(member) + " looks for its primary " + world.name(primary) +
                            " at " + to_string(node.primary_at) + ", which is at " +
                            to_string(known) + " now";
  if (world.at(primary).keys == 0 && node.keys > 0) {
    world.refuse(
        "empty_primary",
        where + "; that primary holds no key, and the replica holds " + std::to_string(node.keys),
        "if the primary has lost its volume, promote the replica (CLUSTER FAILOVER TAKEOVER)");
    return;
  }
  world.step(Replicate{member, primary}, where, 0, Certainty::kConfirmed);
}

void plan_replica(World& world, int member, int primary) {
  const Member& node = world.at(member);
  const bool heal = world.options.command == PlanCommand::kHeal;
  if (!node.primary && node.primary_member == primary) {
    plan_lost_link(world, member, primary);
    return;
  }
  std::string why;
  if (node.primary) {
    if (!node.slots.empty() || world.owned(member) > 0) {
      if (heal) {
        world.plan.notes.push_back(world.name(member) +
                                   " should be a replica but owns slots: sync moves them");
      }
      return;
    }
    if (node.keys > 0) {
      world.wait("keys_without_slots", world.name(member) + " owns no slot but holds " +
                                           std::to_string(node.keys) + " keys");
      world.plan.needs_census = world.plan.needs_census || !world.has_census();
      return;
    }
    why = world.name(member) + " is empty and belongs to the shard of " + world.name(primary);
  } else {
    const int present = node.primary_member;
    const bool sound = world.answers(present) && world.standing(present) == Standing::kDesired &&
                       replicas_of(world, present) <= world.wanted.replicas_per_shard;
    if (heal && sound) {
      return;
    }
    why = world.name(member) + " replicates " + world.name(present) + " but belongs to " +
          world.name(primary);
  }
  if (!may_feed(world.at(primary), node)) {
    world.wait("mixed_versions",
               world.name(member) + " runs " + to_string(node.product, node.version) +
                   " and cannot replicate " +
                   to_string(world.at(primary).product, world.at(primary).version) +
                   " until it is updated");
    return;
  }
  const Peer* peer = world.peer(member, primary);
  if (peer == nullptr || peer->has(kHandshake) || peer->has(kReplicaFlag)) {
    world.wait("not_known_yet",
               world.name(member) + " does not know " + world.name(primary) + " as a primary yet");
    return;
  }
  world.step(Replicate{member, primary}, std::move(why));
}

}  // namespace

void form_shards(World& world) {
  world.primary_of_shard.assign(static_cast<std::size_t>(world.wanted.shards()), -1);
  if (world.wanted.placed && world.wanted.replicas_per_shard > 0) {
    Placer(world).run();
    return;
  }
  const int size = world.wanted.replicas_per_shard + 1;
  world.shard_of_node.clear();
  for (int node = 0; node < static_cast<int>(world.wanted.nodes.size()); ++node) {
    world.shard_of_node.push_back(node / size);
  }
  for (int shard = 0; shard < world.wanted.shards(); ++shard) {
    world.primary_of_shard[static_cast<std::size_t>(shard)] =
        leader_of_group(world, shard * size, size);
  }
}

void plan_roles(World& world) {
  const bool gate = world.options.command == PlanCommand::kGate;
  for (std::size_t node = 0; node < world.shard_of_node.size(); ++node) {
    const int member = world.roster.member_of_node[node];
    const int shard = world.shard_of_node[node];
    if (!world.answers(member) || shard < 0) {
      continue;
    }
    const int primary = world.primary_of_shard[static_cast<std::size_t>(shard)];
    if (primary < 0 || primary == member) {
      continue;
    }
    // gate only frees desired replicas from primaries that leave; the rest is for sync.
    const int present = world.at(member).primary_member;
    const bool leaves = !world.at(member).primary && present >= 0 &&
                        world.standing(present) == Standing::kSurplus && world.owned(present) == 0;
    if (!gate || leaves) {
      if (world.known[static_cast<std::size_t>(member)] || world.owned(primary) > 0) {
        plan_replica(world, member, primary);
      }
    }
  }
  if (world.options.command != PlanCommand::kSync) {
    return;
  }
  for (int shard = 0; shard < world.wanted.shards(); ++shard) {
    if (world.primary_of_shard[static_cast<std::size_t>(shard)] < 0) {
      plan_leaderless(world, shard);
    }
  }
}

}  // namespace autocache::hook
