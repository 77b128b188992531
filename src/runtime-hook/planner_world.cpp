#include "runtime-hook/planner_world.h"

#include <algorithm>
#include <set>

namespace autocache::hook {
namespace {

/// Per member the highest config epoch that anybody knows of it.
std::vector<std::uint64_t> known_epochs(const Snapshot& now) {
  std::vector<std::uint64_t> epochs(now.members.size(), 0);
  for (const Member& viewer : now.members) {
    for (const Peer& peer : viewer.peers) {
      auto& epoch = epochs[static_cast<std::size_t>(peer.member)];
      epoch = std::max(epoch, peer.config_epoch);
    }
  }
  return epochs;
}

/// The format of DUMP and RDB that a server writes (RDB_VERSION of each release).
int data_version(const Member& member) {
  if (member.product == Product::kValkey) {
    return member.version >= Version{9, 0, 0} ? 80 : 11;
  }
  if (member.version >= Version{7, 4, 0}) {
    return 12;
  }
  if (member.version >= Version{7, 2, 0}) {
    return 11;
  }
  return member.version >= Version{7, 0, 0} ? 10 : 9;
}

}  // namespace

World::World(const Snapshot& snapshot, const Desired& desired, const PlanOptions& plan_options)
    : now(snapshot),
      wanted(desired),
      options(plan_options),
      roster(classify(snapshot, desired)),
      owners(empty_slot_map()),
      mistaken_for_owner(snapshot.members.size(), false),
      slots_owned(snapshot.members.size(), 0),
      known(snapshot.members.size(), false) {
  const std::vector<std::uint64_t> epochs = known_epochs(now);
  const auto better = [&](int a, int b) {
    const std::uint64_t epoch_a = epochs[static_cast<std::size_t>(a)];
    const std::uint64_t epoch_b = epochs[static_cast<std::size_t>(b)];
    if (epoch_a != epoch_b) {
      return epoch_a > epoch_b;
    }
    // Redis 7.0 credits a node that no longer exists with the epoch of the one that answers at its
    // address (cluster.c getNodeFromLinkAndMsg).
    const bool gone_a = standing(a) == Standing::kGone;
    const bool gone_b = standing(b) == Standing::kGone;
    return gone_a != gone_b ? gone_b : at(a).id < at(b).id;
  };
  const auto claim = [&](int member, int slot) {
    auto& owner = owners[static_cast<std::size_t>(slot)];
    if (owner == kNoOwner || better(member, owner)) {
      owner = member;
    }
  };
  std::set<const SlotMap*> maps;
  find_known();
  SlotSet claimed;
  for (int i = 0; i < static_cast<int>(now.members.size()); ++i) {
    const Member& member = at(i);
    if (member.place < 0 || departed(i)) {
      continue;
    }
    live.push_back(i);
    maps.insert(member.owners.get());
    for (const OpenSlot& slot : member.open) {
      SlotFlags& flags = open[slot.slot];
      (slot.kind == OpenSlot::Kind::kMigrating ? flags.migrating : flags.importing)
          .push_back({i, slot.other});
    }
    if (!member.primary) {
      continue;
    }
    const SlotSet again = claimed & member.slots;
    claimed |= member.slots;
    claimed_twice |= again;
    for (const SlotRange range : (member.slots - again).ranges()) {
      std::fill(owners.begin() + range.first, owners.begin() + range.last + 1, i);
    }
    for (const int slot : again.slots()) {
      claim(i, slot);
    }
  }
  for (const SlotMap* map : maps) {
    if (map != nullptr && *map == owners) {
      continue;
    }
    for (int slot = 0; slot < kSlotCount; ++slot) {
      const int other = map == nullptr ? kNoOwner : (*map)[static_cast<std::size_t>(slot)];
      if (other != kNoOwner && other != owner(slot) && at(other).place < 0) {
        claim(other, slot);
      }
    }
  }
  for (const SlotMap* map : maps) {
    if (map == nullptr || *map == owners) {
      continue;
    }
    for (std::size_t slot = 0; slot < owners.size(); ++slot) {
      const int other = (*map)[slot];
      if (other != kNoOwner && owners[slot] != kNoOwner && other != owners[slot]) {
        mistaken_for_owner[static_cast<std::size_t>(other)] = true;
      }
    }
  }
  std::set<std::uint64_t> taken;
  for (const int member : live) {
    const bool votes = at(member).primary && known[static_cast<std::size_t>(member)];
    epochs_collide = epochs_collide || (votes && !taken.insert(at(member).config_epoch).second);
  }
  for (const std::int32_t member : owners) {
    if (member != kNoOwner) {
      ++slots_owned[static_cast<std::size_t>(member)];
    }
  }
}

void World::find_known() {
  for (int i = 0; i < static_cast<int>(now.members.size()); ++i) {
    if (!answers(i)) {
      continue;
    }
    for (const Peer& peer : at(i).peers) {
      const bool counts =
          standing(i) != Standing::kSurplus || standing(peer.member) != Standing::kSurplus;
      if (peer.member != i && !peer.has(kHandshake) && counts) {
        known[static_cast<std::size_t>(peer.member)] = true;
      }
    }
  }
}

bool World::departed(int member) const {
  const Member& node = at(member);
  const bool empty = node.slots.empty() && (!node.primary || node.keys == 0);
  return standing(member) == Standing::kSurplus && !known[static_cast<std::size_t>(member)] &&
         (empty || (node.slots.empty() && node.peers.size() <= 1));
}

const Peer* World::peer(int viewer, int member) const {
  const std::vector<Peer>& peers = at(viewer).peers;
  const auto it = std::find_if(peers.begin(), peers.end(),
                               [member](const Peer& entry) { return entry.member == member; });
  return it == peers.end() ? nullptr : &*it;
}

std::int64_t World::keys_in(int member, int slot) const {
  const auto& keys = at(member).slot_keys;
  const auto it = keys.find(slot);
  return it == keys.end() ? 0 : it->second;
}

void World::step(Action action, std::string why, int stage, Certainty certainty) {
  plan.steps.push_back({std::move(action), stage, certainty, std::move(why)});
}

void World::wait(std::string code, std::string reason) {
  plan.waits.push_back({std::move(code), std::move(reason)});
}

void World::refuse(std::string code, std::string seen, std::string check) {
  if (!plan.refusal) {
    plan.refusal = Refusal{std::move(code), std::move(seen), std::move(check)};
  }
}

bool may_feed(const Member& from, const Member& to) {
  if (from.product == to.product) {
    return std::pair(from.version.major_number, from.version.minor_number) <=
           std::pair(to.version.major_number, to.version.minor_number);
  }
  return data_version(from) <= data_version(to);
}

std::string silent_view(const World& world) {
  const auto tells = [&](int member) { return tells_dropped_claims(world.at(member)); };
  if (world.options.data_loss == DataLoss::kAccept ||
      std::none_of(world.live.begin(), world.live.end(), tells)) {
    return {};
  }
  for (int member = 0; member < static_cast<int>(world.now.members.size()); ++member) {
    if (!world.answers(member) && world.standing(member) != Standing::kGone) {
      return world.name(member) +
             " does not answer: it may have missed that a slot has moved, and Redis before 7.0.13 "
             "would then give that slot back to its old owner";
    }
  }
  return {};
}

std::string epoch_obstacle(const World& world, int member) {
  const auto unheard = [&](int other) {
    return world.at(other).config_epoch > world.at(member).current_epoch;
  };
  if (world.epochs_collide || world.mistaken_for_owner[static_cast<std::size_t>(member)] ||
      std::any_of(world.live.begin(), world.live.end(), unheard)) {
    return "the latest epochs of or at " + world.name(member) + " are on their way";
  }
  return silent_view(world);
}

bool may_raise_epoch(World& world, int member) {
  std::string obstacle = epoch_obstacle(world, member);
  if (obstacle.empty()) {
    return true;
  }
  world.wait("epochs", std::move(obstacle));
  return false;
}

std::string slots_text(const SlotSet& slots) {
  const int count = slots.size();
  if (count == 1) {
    return "slot " + std::to_string(slots.next(0));
  }
  const std::vector<SlotRange> ranges = slots.ranges();
  std::string text = std::to_string(count) + " slots (";
  for (std::size_t i = 0; i < ranges.size() && i < 4; ++i) {
    text += (i == 0 ? "" : " ") + to_string(ranges[i]);
  }
  return text + (ranges.size() > 4 ? " ...)" : ")");
}

std::string slots_are(const SlotSet& slots) {
  return slots_text(slots) + (slots.size() == 1 ? " is" : " are");
}

}  // namespace autocache::hook
