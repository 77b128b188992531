#include "runtime-hook/planner.h"

#include "runtime-hook/planner_world.h"

#include <algorithm>

namespace autocache::hook {
namespace {

/// What stands in the way of looking at the cluster at all.
void check_places(World& world) {
  const bool gate = world.options.command == PlanCommand::kGate;
  for (const Place& place : world.now.places) {
    const bool absent =
        place.reach == Reach::kNoName && (gate || place.kind != Place::Kind::kDesired);
    if (place.reach == Reach::kUp || absent) {
      continue;
    }
    const std::string name = to_string(place.at);
    if (place.reach == Reach::kNotCluster) {
      world.refuse("not_a_cluster_node", name + " runs without cluster mode",
                   "set cluster-enabled yes and restart it");
      return;
    }
    if (place.kind == Place::Kind::kDesired) {
      world.wait("node_down",
                 name + (place.error.empty() ? " does not answer" : ": " + place.error));
    } else if (place.kind == Place::Kind::kSurplus && place.reach == Reach::kLoading) {
      world.wait("node_down", name + " is loading its data");
    }
  }
}

void check_standings(World& world) {
  for (int i = 0; i < static_cast<int>(world.now.members.size()); ++i) {
    const Standing standing = world.standing(i);
    if (standing == Standing::kStranger) {
      world.refuse(
          "stranger", world.name(i) + " is a member of the cluster but none of ours",
          "list it under surplus if it should go, or find out which cluster it belongs to");
      return;
    }
    if (standing == Standing::kUndecided) {
      world.wait("undecided",
                 "cannot tell who " + world.name(i) + " is until every desired node answers");
    }
  }
}

bool any_slot_assigned(const World& world) {
  return std::any_of(world.owners.begin(), world.owners.end(),
                     [](int owner) { return owner != kNoOwner; }) ||
         std::any_of(world.live.begin(), world.live.end(),
                     [&](int member) { return knows_an_owner(world.at(member)); });
}

void plan_without_slots(World& world) {
  if (world.options.command == PlanCommand::kGate) {
    const bool nobody = world.live.empty();
    if (nobody && world.now.service == Existence::kYes) {
      world.wait("no_address", "the client Service exists but no node has an address");
    } else if (nobody && world.now.service == Existence::kUnknown && world.plan.waits.empty()) {
      world.wait(
          "no_address",
          "no node has an address and the name server cannot say whether the cluster exists");
    }
    return;
  }
  if (!world.plan.waits.empty()) {
    return;
  }
  if (!may_form(world.wanted, world.options)) {
    world.refuse(
        "not_formed", "no slot is assigned anywhere",
        "run sync if this cluster is new; if it is not, its nodes have lost their volumes");
    return;
  }
  plan_create(world);
  if (!world.plan.refusal) {
    plan_meet(world);
  }
}

/// Two destinations may take the same epoch at the same moment. The servers settle that by their
/// IDs as soon as they hear of each other.
void plan_epochs(World& world) {
  if (world.epochs_collide && !world.stop()) {
    world.wait("epochs", "two primaries have the same config epoch");
  }
}

void plan_cluster(World& world) {
  const bool heal = world.options.command == PlanCommand::kHeal;
  const bool sync = world.options.command == PlanCommand::kSync;
  using Part = void (*)(World&);
  const auto run = [&](std::initializer_list<Part> parts) {
    for (const Part part : parts) {
      part(world);
      if (world.stop()) {
        return false;
      }
    }
    return true;
  };
  if (!run({plan_meet, plan_jobs, plan_open_slots, plan_dead_owners, plan_uncovered})) {
    return;
  }
  // A slot on its way by a server's own migration, or an owner that is down: nothing else is moved
  // meanwhile.
  const bool blocked = !world.plan.waits.empty();
  plan_views(world);
  if (world.stop() || blocked || !world.plan.waits.empty()) {
    return;
  }
  plan_roles(world);
  plan_forget(world);
  if (world.stop() || !world.plan.waits.empty()) {
    return;
  }
  if (heal) {
    plan_verify(world);
    return;
  }
  if (!run({plan_surplus}) || !world.plan.waits.empty()) {
    return;
  }
  if (!sync) {
    plan_epochs(world);
    return;
  }
  if (!run({plan_balance}) || !world.plan.waits.empty()) {
    return;
  }
  plan_config(world);
  if (!world.stop()) {
    plan_verify(world);
  }
}

}  // namespace

void plan_verify(World& world) {
  int outdated = 0;
  for (const int member : world.live) {
    const Member& node = world.at(member);
    if (world.standing(member) != Standing::kDesired) {
      continue;
    }
    // A cluster of one node is known by nobody else.
    const bool joined = world.known[static_cast<std::size_t>(member)] || world.live.size() == 1;
    if (!node.state_ok && joined) {
      world.wait("cluster_state", world.name(member) + " does not say cluster_state:ok yet");
    }
    if (!node.primary && !node.link_up) {
      world.wait("replica_link", world.name(member) + " has no link to its primary yet");
    }
    for (const Peer& peer : node.peers) {
      if (!peer.has(kHandshake) && world.answers(peer.member)) {
        const bool role = world.at(peer.member).primary == !peer.has(kReplicaFlag);
        const bool failing = peer.has(kFailed) || peer.has(kMaybeFailed);
        outdated += role && peer.connected && !failing ? 0 : 1;
      }
    }
  }
  if (outdated > 0) {
    world.wait("views_differ",
               std::to_string(outdated) + " views of other nodes are not up to date");
  }
  plan_epochs(world);
}

bool may_form(const Desired& wanted, const PlanOptions& options) {
  return options.command == PlanCommand::kSync || wanted.storage == Storage::kNone ||
         options.data_loss == DataLoss::kAccept;
}

Plan plan(const Snapshot& now, const Desired& wanted, const PlanOptions& options) {
  if (wanted.engine == Engine::kAutocache) {
    return plan_autocache(now, wanted, options);
  }
  World world(now, wanted, options);
  check_places(world);
  check_standings(world);
  if (!world.plan.refusal) {
    form_shards(world);
    if (any_slot_assigned(world)) {
      plan_cluster(world);
    } else {
      plan_without_slots(world);
    }
  }
  if (world.plan.refusal) {
    world.plan.steps.clear();
  }
  return std::move(world.plan);
}

}  // namespace autocache::hook
