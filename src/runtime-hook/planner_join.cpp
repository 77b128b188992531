// Forming a cluster and keeping its nodes in touch: who gets which slots first, and who has to be
// introduced to whom.

#include "runtime-hook/planner_world.h"

#include <algorithm>

namespace autocache::hook {
namespace {

/// Up to this many nodes everybody is introduced to everybody: gossip alone takes seconds. Above,
/// each node is introduced to those 1, 2, 4, 8 ... further on, and gossip does the rest in a few
/// steps.
constexpr int kFullMesh = 32;

bool is_power_of_two(int value) {
  return value > 0 && (value & (value - 1)) == 0;
}

bool same_address(const World& world, const Peer& peer, int target) {
  if (peer.address < 0) {
    return false;
  }
  const Endpoint& address = world.now.addresses[static_cast<std::size_t>(peer.address)];
  const Place& place = world.now.place_of(target);
  return address.port == place.at.port &&
         std::find(place.ips.begin(), place.ips.end(), address.host) != place.ips.end();
}

/// The address that a member states itself, if it is the one where it answers; else -1.
int stated_address(const World& world, int member) {
  for (const Peer& peer : world.at(member).peers) {
    if (peer.member == member) {
      return same_address(world, peer, member) ? peer.address : -1;
    }
  }
  return -1;
}

enum class Acquaintance : std::uint8_t { kNone, kStale, kHandshaking, kKnown };

/// What each viewer knows of each answering member, by one pass over its peers.
class Acquaintances {
 public:
  explicit Acquaintances(const World& world)
      : world_(world),
        stated_(world.now.members.size(), -1),
        known_(world.now.members.size() * world.now.members.size(), Acquaintance::kNone) {
    for (const int member : world.live) {
      stated_[static_cast<std::size_t>(member)] = stated_address(world, member);
    }
    for (const int viewer : world.live) {
      for (const Peer& peer : world.at(viewer).peers) {
        if (!peer.has(kHandshake) && world.answers(peer.member)) {
          at(viewer, peer.member) = is_stale(peer) ? Acquaintance::kStale : Acquaintance::kKnown;
        }
      }
      mark_handshakes(viewer);
    }
  }

  Acquaintance& at(int viewer, int target) {
    return known_[static_cast<std::size_t>(viewer) * world_.now.members.size() +
                  static_cast<std::size_t>(target)];
  }

 private:
  /// A server shows a peer as connected while it still tries to reach it at an address where nobody
  /// answers (cluster.c clusterCron, until a node timeout has passed, and then again).
  [[nodiscard]] bool is_stale(const Peer& peer) const {
    const int stated = stated_[static_cast<std::size_t>(peer.member)];
    if (peer.has(kNoAddress)) {
      return true;
    }
    return peer.address != stated && (!peer.connected || stated >= 0) &&
           !same_address(world_, peer, peer.member);
  }

  /// A handshaking peer has a made-up ID: it is known by its address alone.
  void mark_handshakes(int viewer) {
    for (const Peer& peer : world_.at(viewer).peers) {
      if (!peer.has(kHandshake)) {
        continue;
      }
      for (const int target : world_.live) {
        if (same_address(world_, peer, target) && at(viewer, target) != Acquaintance::kKnown) {
          at(viewer, target) = Acquaintance::kHandshaking;
        }
      }
    }
  }

  const World& world_;
  std::vector<int> stated_;  ///< stated_address() of each member
  std::vector<Acquaintance> known_;
};

/// A surplus node that only has to be forgotten: whoever has forgotten it already must not meet it
/// again.
bool is_leaving(const World& world, int member) {
  const Member& node = world.at(member);
  if (world.standing(member) != Standing::kSurplus || world.owned(member) > 0) {
    return false;
  }
  const int primary = node.primary_member;
  return node.primary ? node.slots.empty() && node.keys == 0
                      : primary < 0 || world.owned(primary) == 0 ||
                            world.standing(primary) == Standing::kDesired;
}

/// Who takes part: members of the cluster; for sync every desired node; for heal also those that
/// their shard needs, but none that gate has just emptied: heal may still have the wish of before,
/// and its Pod is about to go.
std::vector<int> participants(const World& world) {
  std::vector<int> result;
  const bool heal = world.options.command == PlanCommand::kHeal;
  for (const int member : world.live) {
    const Member& node = world.at(member);
    if (is_leaving(world, member) ||
        (heal && has_node_timeout(node, kLeavingNodeTimeout) && is_forgotten(world, member))) {
      continue;
    }
    const bool belongs = world.known[static_cast<std::size_t>(member)] || !node.slots.empty();
    const bool desired = world.standing(member) == Standing::kDesired;
    bool needed = false;
    if (desired && heal) {
      const int shard = world.shard_of_node[static_cast<std::size_t>(world.node_of(member))];
      const int primary = world.primary_of_shard[static_cast<std::size_t>(shard)];
      const bool replaces =
          std::any_of(world.now.members.begin(), world.now.members.end(), [&](const Member& other) {
            const int index = static_cast<int>(&other - world.now.members.data());
            // Servers drop the address of a node when another ID answers there: then nobody can
            // tell whose place it was.
            const bool same = world.node_of(index) >= 0
                                  ? world.node_of(index) == world.node_of(member)
                                  : world.standing(index) == Standing::kGone;
            return other.place < 0 && same;
          });
      needed = replaces || (primary >= 0 && primary != member && world.owned(primary) > 0);
    }
    if (belongs || needed || (desired && world.options.command == PlanCommand::kSync)) {
      result.push_back(member);
    }
  }
  return result;
}

/// Two nodes that have never heard of each other and claim the same slots: the servers would settle
/// it by dropping the keys of one of them.
void settle_claims(World& world, int a, int b) {
  const SlotSet both = world.at(a).slots & world.at(b).slots;
  if (both.empty()) {
    return;
  }
  if (!world.has_census()) {
    world.plan.needs_census = true;
    return;
  }
  SlotSet drop_a;
  SlotSet drop_b;
  for (const int slot : both.slots()) {
    const bool keys_a = world.at(a).keys > 0;
    const bool keys_b = world.at(b).keys > 0;
    if (keys_a && keys_b) {
      world.refuse("slot_claimed_twice",
                   slots_are(both) + " claimed by " + world.name(a) + " and by " + world.name(b) +
                       ", which do not know each other and both hold keys",
                   "decide which of the two is right and empty the other one");
      return;
    }
    const bool drop_from_a = keys_a != keys_b ? keys_b : world.owner(slot) != a;
    (drop_from_a ? drop_a : drop_b).insert(slot);
  }
  for (const auto& [member, slots] : {std::pair{a, drop_a}, std::pair{b, drop_b}}) {
    if (!slots.empty()) {
      world.step(DropClaim{member, slots},
                 slots_are(slots) +
                     " claimed by two nodes that do not know each other; this one holds no keys",
                 0, Certainty::kConfirmed);
    }
  }
}

std::uint64_t highest_epoch(const World& world) {
  std::uint64_t epoch = 0;
  for (const int member : world.live) {
    epoch = std::max({epoch, world.at(member).current_epoch, world.at(member).config_epoch});
  }
  for (const Step& step : world.plan.steps) {
    if (const auto* set = std::get_if<SetConfigEpoch>(&step.action)) {
      epoch = std::max(epoch, set->epoch);
    }
  }
  return epoch;
}

bool gets_epoch(const World& world, int member) {
  return std::any_of(world.plan.steps.begin(), world.plan.steps.end(), [member](const Step& step) {
    const auto* set = std::get_if<SetConfigEpoch>(&step.action);
    return set != nullptr && set->node == member;
  });
}

bool leads(const World& world, int member) {
  return std::find(world.primary_of_shard.begin(), world.primary_of_shard.end(), member) !=
         world.primary_of_shard.end();
}

bool knows_nobody(const Member& member) {
  return member.peers.size() <= 1;
}

}  // namespace

SlotMap wanted_shards(const Desired& wanted) {
  const int shards = wanted.shards();
  SlotMap owners = even_assignment(shards);
  if (!wanted.slot_plan) {
    return owners;
  }
  owners = *wanted.slot_plan;
  // What the plan leaves open fills up the shards that it gives the fewest.
  const auto count = static_cast<std::size_t>(shards);
  SlotMap with_pool = owners;
  std::replace(with_pool.begin(), with_pool.end(), kNoOwner, shards);
  std::vector<std::uint32_t> weights(count + 1, 1);
  weights[count] = 0;
  return apply_moves(with_pool, drain(with_pool, weights));
}

void plan_create(World& world) {
  const auto& nodes = world.roster.member_of_node;
  for (const int member : world.live) {
    const Member& node = world.at(member);
    if (world.standing(member) == Standing::kDesired && node.keys > 0) {
      world.refuse("not_empty",
                   world.name(member) + " holds " + std::to_string(node.keys) +
                       " keys but no slot is assigned anywhere",
                   "is this the right set of nodes? empty it by hand if its data is not wanted");
      return;
    }
    if (world.standing(member) == Standing::kDesired && !node.primary) {
      world.step(Reset{member, Reset::Kind::kSoft}, "a replica in a cluster without slots", 0,
                 Certainty::kConfirmed);
    }
  }
  if (world.stop()) {
    return;
  }
  form_shards(world);
  const SlotMap shards = wanted_shards(world.wanted);
  const bool alone = nodes.size() == 1;
  for (std::size_t shard = 0; shard < world.primary_of_shard.size(); ++shard) {
    const int primary = world.primary_of_shard[shard];
    const Member& node = world.at(primary);
    if (knows_nobody(node) && node.config_epoch == 0) {
      world.step(SetConfigEpoch{primary, shard + 1}, "a new cluster starts with different epochs");
    }
    world.step(AddSlots{primary, slots_of(shards, static_cast<int>(shard))},
               "no slot is assigned anywhere: " + world.wanted.shard_name(static_cast<int>(shard)) +
                   " of a new cluster");
  }
  for (const int member : nodes) {
    if (!alone && world.at(member).config.contains("cluster-node-timeout")) {
      world.step(SetConfig{member, {{"cluster-node-timeout", std::string(kFormingNodeTimeout)}}},
                 "a low node timeout while the cluster is formed; restored at the end");
    }
  }
}

void plan_meet(World& world) {
  const std::vector<int> members = participants(world);
  const int count = static_cast<int>(members.size());
  for (const int member : members) {
    if (is_forgotten(world, member)) {
      bring_back(world, member);
    }
  }
  if (world.stop() || !world.plan.waits.empty()) {
    return;
  }
  Acquaintances known(world);
  const std::uint64_t epoch = highest_epoch(world);
  std::uint64_t fresh = 0;
  int missing = 0;
  std::vector<Step> meets;
  const std::size_t steps_before = world.plan.steps.size();
  for (int i = 0; i < count; ++i) {
    for (int j = i + 1; j < count; ++j) {
      const int a = members[static_cast<std::size_t>(i)];
      const int b = members[static_cast<std::size_t>(j)];
      const Acquaintance ab = known.at(a, b);
      const Acquaintance ba = known.at(b, a);
      if (ab == Acquaintance::kKnown && ba == Acquaintance::kKnown) {
        continue;
      }
      ++missing;
      const bool strangers = ab == Acquaintance::kNone && ba == Acquaintance::kNone;
      if (strangers) {
        settle_claims(world, a, b);
      }
      const int gap = std::min(j - i, count - (j - i));
      if (count > kFullMesh && !is_power_of_two(gap)) {
        continue;
      }
      if (ab == Acquaintance::kHandshaking || ba == Acquaintance::kHandshaking) {
        continue;
      }
      const bool a_asks = ab != Acquaintance::kKnown;
      const std::string seen = strangers ? " do not know each other"
                               : ab == Acquaintance::kStale || ba == Acquaintance::kStale
                                   ? " know an address that is no longer true"
                                   : " know each other only one way";
      meets.push_back({Meet{a_asks ? a : b, a_asks ? b : a}, 1, Certainty::kAtOnce,
                       world.name(a) + " and " + world.name(b) + seen});
    }
  }
  if (world.plan.refusal || world.plan.needs_census || world.plan.steps.size() > steps_before) {
    return;
  }
  for (const int member : members) {
    const Member& node = world.at(member);
    const bool joins =
        knows_nobody(node) && node.slots.empty() && node.config_epoch == 0 && count > 1;
    if (joins && !meets.empty() && !gets_epoch(world, member)) {
      world.step(SetConfigEpoch{member, epoch + ++fresh},
                 "a node that joins with an epoch of its own");
      if (world.wanted.config && leads(world, member) &&
          node.config.contains("cluster-node-timeout")) {
        // A new primary says cluster_state:ok a node timeout after it has joined (cluster.c
        // clusterUpdateState).
        world.step(SetConfig{member, {{"cluster-node-timeout", std::string(kFormingNodeTimeout)}}},
                   "a low node timeout while " + world.name(member) +
                       " joins; restored before slots move");
      }
    }
  }
  for (Step& step : meets) {
    world.plan.steps.push_back(std::move(step));
  }
  if (missing > 0 && meets.empty()) {
    world.wait("meeting",
               std::to_string(missing) + " pairs of nodes are getting to know each other");
  }
}

void plan_jobs(World& world) {
  for (const int member : world.live) {
    for (const Job& job : world.at(member).jobs) {
      const bool wanted = world.answers(job.to) && world.standing(job.to) == Standing::kDesired;
      if (!wanted) {
        world.step(CancelMigrations{member},
                   "a slot migration runs to a node that is not wanted: " + world.name(job.to));
        break;
      }
      world.wait("migration_running", slots_are(job.slots) + " on their way from " +
                                          world.name(member) + " to " + world.name(job.to));
    }
  }
}

}  // namespace autocache::hook
