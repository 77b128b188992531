#pragma once

// What the parts of the planner share: facts derived once from a snapshot, and the plan under
// construction. Internal to planner*.cpp.

#include "runtime-hook/planner.h"

#include <map>
#include <string>
#include <vector>

namespace autocache::hook {

/// The flags of one slot on all servers that answer.
struct SlotFlags {
  struct Flag {
    int member = -1;
    int other = -1;
  };
  std::vector<Flag> migrating;
  std::vector<Flag> importing;
};

struct World {
  World(const Snapshot& snapshot, const Desired& desired, const PlanOptions& plan_options);

  const Snapshot& now;
  const Desired& wanted;
  const PlanOptions& options;
  Roster roster;
  /// Members of ours that answer, ascending; without those that departed().
  std::vector<int> live;
  /// Per slot who owns it: the claim with the highest config epoch, of a server that answers or,
  /// from the views of the others, of one that does not; kNoOwner if nobody claims it.
  SlotMap owners;
  /// Slots that more than one answering server claims.
  SlotSet claimed_twice;
  /// Per member: somebody takes it for the owner of a slot that another one owns.
  std::vector<bool> mistaken_for_owner;
  /// Two primaries have the same config epoch: one of them is about to take another, and whatever
  /// it claimed a moment ago goes with it.
  bool epochs_collide = false;
  /// For members that own slots: how many.
  std::vector<int> slots_owned;
  std::map<int, SlotFlags> open;
  /// Per member: an answering member other than itself knows it. What surplus nodes know of each
  /// other does not count.
  std::vector<bool> known;

  // Which shard each desired node belongs to, and who leads it (a member, -1: nobody yet).
  std::vector<int> shard_of_node;
  std::vector<int> primary_of_shard;

  Plan plan;

  [[nodiscard]] const Member& at(int member) const { return now.at(member); }
  [[nodiscard]] bool answers(int member) const { return member >= 0 && at(member).place >= 0; }
  [[nodiscard]] Standing standing(int member) const {
    return roster.standing[static_cast<std::size_t>(member)];
  }
  [[nodiscard]] int node_of(int member) const {
    return roster.node[static_cast<std::size_t>(member)];
  }
  [[nodiscard]] int owned(int member) const {
    return slots_owned[static_cast<std::size_t>(member)];
  }
  [[nodiscard]] int owner(int slot) const { return owners[static_cast<std::size_t>(slot)]; }
  [[nodiscard]] std::string name(int member) const { return describe(now, member); }
  /// True for a surplus node that was emptied and that no node that stays knows any more. It still
  /// lists the others and redirects clients to them until its Pod is deleted; nothing is planned
  /// for it.
  [[nodiscard]] bool departed(int member) const;
  /// What `viewer` knows about `member`; null if nothing.
  [[nodiscard]] const Peer* peer(int viewer, int member) const;
  [[nodiscard]] std::int64_t keys_in(int member, int slot) const;
  [[nodiscard]] bool has_census() const { return now.census; }

  void step(Action action,
            std::string why,
            int stage = 0,
            Certainty certainty = Certainty::kAtOnce);
  void wait(std::string code, std::string reason);
  void refuse(std::string code, std::string seen, std::string check);
  /// True if the parts that follow must not add anything.
  [[nodiscard]] bool stop() const {
    return plan.refusal || plan.needs_census || !plan.steps.empty();
  }

 private:
  void find_known();
};

/// True if data may go from `from` to `to`: never from a newer server to an older one (rule 7).
bool may_feed(const Member& from, const Member& to);

/// Why no epoch may be raised while a node does not answer, with its name; empty if it may. That
/// node's view is not known (tells_dropped_claims).
std::string silent_view(const World& world);

/// Why `member` may not raise its config epoch to claim slots; empty if it may. It must have heard
/// of every epoch: it takes its new one from what it knows, may pick the one that its source has,
/// the two settle it by their IDs, and if the source wins, the keys are dropped at the destination.
/// And nobody may take it for the owner of a slot that it has given away: with the new epoch that
/// view would win over the new owner's, who would drop the keys (redis 6.2 cluster.c, UPDATE
/// messages).
std::string epoch_obstacle(const World& world, int member);

/// Whether there is none; if there is, the plan waits for it.
bool may_raise_epoch(World& world, int member);

/// A surplus node that does not answer cannot give its slots away: somebody has to decide.
void refuse_surplus_owner(World& world, int member, const SlotSet& slots);

/// The slots in numbers: "slot 7", "12 slots (0-10 12)".
std::string slots_text(const SlotSet& slots);
/// The same with its verb: "slot 7 is", "12 slots (0-10 12) are".
std::string slots_are(const SlotSet& slots);

// The parts, in the order in which plan() calls them. Each adds steps, waits or a refusal.

/// First install: nobody owns a slot.
void plan_create(World& world);
/// Nodes that do not know each other, or know an address that is no longer true.
void plan_meet(World& world);
/// Plans what tells a server that leaves from one that was restarted, and keeps those from coming
/// back that would do so by themselves. False if that is done.
bool mark_leaving(World& world, int member);
/// True for a node without slots that has the table of last time, while everybody who owns slots
/// has forgotten it.
bool is_forgotten(const World& world, int member);
/// Lets it join. One that was restarted and is empty becomes a new node. One that has run on since
/// gate emptied it still has clients, which it would answer CLUSTERDOWN after a reset, and one that
/// holds keys must not be reset: they wait until the ban of FORGET is over.
void bring_back(World& world, int member);
/// Slot migrations that servers run themselves.
void plan_jobs(World& world);
/// Open slots and keys on nodes that do not own their slot.
void plan_open_slots(World& world);
/// Slots whose owner does not answer.
void plan_dead_owners(World& world);
/// Slots that nobody claims.
void plan_uncovered(World& world);
/// Servers whose view of the owners is wrong.
void plan_views(World& world);
/// Who replicates whom.
void plan_roles(World& world);
/// IDs that no longer exist.
void plan_forget(World& world);
/// Emptying and removing surplus nodes.
void plan_surplus(World& world);
/// Minimal moves to the wanted balance or slot plan.
void plan_balance(World& world);
/// Live configuration.
void plan_config(World& world);
/// What must be true before the hook says that it is done.
void plan_verify(World& world);

/// Sets shard_of_node and primary_of_shard.
void form_shards(World& world);
/// For every slot the shard that should own it in a new cluster.
SlotMap wanted_shards(const Desired& wanted);
/// Adds the moves as steps, unless a destination has no room or is an older server.
void add_moves(World& world, const std::vector<SlotMove>& moves, const std::string& why, int stage);
/// True if that server's cluster-node-timeout is `value`, kLeavingNodeTimeout for one: gate has
/// marked it as a node that leaves.
bool has_node_timeout(const Member& member, std::string_view value);
/// True if the hook has lowered or raised the node timeout of that server for a while.
bool has_passing_timeout(const Member& member);
/// The directive values that every node should have. Empty if the desired state names none.
std::map<std::string, std::string> wanted_config(const Desired& wanted, const Member& member);

/// The AutoCache server: no epochs, no FORGET, no RESET, ghosts (reference/redis.md 2).
Plan plan_autocache(const Snapshot& now, const Desired& wanted, const PlanOptions& options);

/// cluster-node-timeout while a cluster is formed: low, so that it is ready at once, and odd, so
/// that a run after a crash knows it as ours and restores the wanted value.
inline constexpr std::string_view kFormingNodeTimeout = "503";
/// cluster-node-timeout of a server that leaves: a year. One node timeout after it was forgotten
/// Valkey 8.1 and later would introduce themselves again, and the ban of FORGET does not keep them
/// away (valkey #2788). It owns no slot and votes for nobody, so nobody waits for its judgement.
/// Odd, so that it tells a server that has run on since from one that was restarted.
inline constexpr std::string_view kLeavingNodeTimeout = "31536000503";
/// What the servers start with if nothing else is configured.
inline constexpr std::string_view kDefaultNodeTimeout = "15000";

}  // namespace autocache::hook
