#include "runtime-hook/planner_world.h"

#include <algorithm>

namespace autocache::hook {
namespace {

bool lives_at(const Snapshot& now, const Member& member, const Place& place) {
  if (member.address < 0) {
    return false;
  }
  const Endpoint& address = now.addresses[static_cast<std::size_t>(member.address)];
  return address.port == place.at.port &&
         (std::find(place.ips.begin(), place.ips.end(), address.host) != place.ips.end() ||
          place.at.host == address.host);
}

class Classifier {
 public:
  Classifier(const Snapshot& now, const Desired& wanted) : now_(now), wanted_(wanted) {
    all_answer_ = std::all_of(now.places.begin(), now.places.end(), [](const Place& place) {
      return place.kind != Place::Kind::kDesired || place.member >= 0;
    });
    const std::size_t count = now.members.size();
    seen_.resize(count, false);
    always_without_address_.resize(count, true);
    failed_everywhere_.resize(count, true);
    claimed_.resize(count, false);
    for (const Member& viewer : now.members) {
      for (const Peer& peer : viewer.peers) {
        const auto member = static_cast<std::size_t>(peer.member);
        if (!peer.has(kHandshake)) {
          seen_[member] = true;
          always_without_address_[member] = always_without_address_[member] && peer.has(kNoAddress);
          failed_everywhere_[member] =
              failed_everywhere_[member] && (peer.has(kFailed) || peer.has(kMaybeFailed));
        }
      }
    }
    find_former_life();
    std::vector<const SlotMap*> maps;
    for (const Member& viewer : now.members) {
      if (viewer.owners && std::find(maps.begin(), maps.end(), viewer.owners.get()) == maps.end()) {
        maps.push_back(viewer.owners.get());
      }
    }
    for (const SlotMap* map : maps) {
      for (const std::int32_t owner : *map) {
        if (owner >= 0) {
          claimed_[static_cast<std::size_t>(owner)] = true;
        }
      }
    }
  }

  Roster run() {
    Roster roster;
    roster.member_of_node.assign(wanted_.nodes.size(), -1);
    for (std::size_t i = 0; i < wanted_.nodes.size() && i < now_.places.size(); ++i) {
      roster.member_of_node[i] = now_.places[i].member;
    }
    for (std::size_t i = 0; i < now_.members.size(); ++i) {
      const auto [standing, node] = judge(static_cast<int>(i));
      roster.standing.push_back(standing);
      roster.node.push_back(node);
    }
    return roster;
  }

 private:
  using Verdict = std::pair<Standing, int>;

  /// A node that was taken out of the cluster and comes back has its old table: empty itself, known
  /// by no owner, but it knows an owner of ours. Whom only such nodes know is no longer there.
  void find_former_life() {
    const std::size_t count = now_.members.size();
    std::vector<bool> known(count, false);
    for (std::size_t viewer = 0; viewer < count; ++viewer) {
      for (const Peer& peer : now_.members[viewer].peers) {
        const auto member = static_cast<std::size_t>(peer.member);
        const bool owner = !now_.members[viewer].slots.empty() && member != viewer;
        known[member] = known[member] || (owner && !peer.has(kHandshake));
      }
    }
    former_.assign(count, true);
    for (std::size_t viewer = 0; viewer < count; ++viewer) {
      const Member& node = now_.members[viewer];
      const bool knows_owner =
          std::any_of(node.peers.begin(), node.peers.end(), [&](const Peer& peer) {
            const Member& other = now_.at(peer.member);
            return other.place >= 0 && !other.slots.empty();
          });
      // What a replica holds is its primary's.
      const bool empty = node.slots.empty() && (node.keys == 0 || !node.primary);
      const bool returns = !known[viewer] && empty && knows_owner;
      for (const Peer& peer : node.peers) {
        const auto member = static_cast<std::size_t>(peer.member);
        former_[member] = former_[member] && returns;
      }
    }
  }

  Verdict judge(int index) {
    const auto at = static_cast<std::size_t>(index);
    const Member& member = now_.members[at];
    if (member.place >= 0) {
      const auto place = static_cast<std::size_t>(member.place);
      return now_.places[place].kind == Place::Kind::kDesired
                 ? Verdict{Standing::kDesired, member.place}
                 : Verdict{Standing::kSurplus, -1};
    }
    if (!seen_[at]) {
      return {Standing::kHandshaking, -1};
    }
    if (!member.hostname.empty()) {
      if (const auto verdict = judge_by_name(member, claimed_[at])) {
        return *verdict;
      }
    }
    return judge_by_address(member, index);
  }

  /// A name decides whatever address the member had: addresses of Pods are used again, names are
  /// not.
  std::optional<Verdict> judge_by_name(const Member& member, bool owned_slots) {
    for (std::size_t i = 0; i < now_.places.size(); ++i) {
      const Place& place = now_.places[i];
      if (is_address(place.at.host) || !same_host_name(place.at.host, member.hostname)) {
        continue;
      }
      const bool desired = place.kind == Place::Kind::kDesired;
      if (place.member >= 0) {
        return Verdict{Standing::kGone, desired ? static_cast<int>(i) : -1};
      }
      return desired ? Verdict{Standing::kDesired, static_cast<int>(i)}
                     : Verdict{Standing::kSurplus, -1};
    }
    if (member.name == Existence::kUnknown ||
        !parse_pod_name(wanted_.name, first_label(member.hostname))) {
      return std::nullopt;
    }
    const bool gone = member.name == Existence::kNo && !owned_slots;
    return Verdict{gone ? Standing::kGone : Standing::kSurplus, -1};
  }

  Verdict judge_by_address(const Member& member, int index) {
    const auto at = static_cast<std::size_t>(index);
    for (std::size_t i = 0; i < now_.places.size(); ++i) {
      const Place& place = now_.places[i];
      if (!lives_at(now_, member, place)) {
        continue;
      }
      const bool desired = place.kind == Place::Kind::kDesired;
      const int node = desired ? static_cast<int>(i) : -1;
      if (place.member < 0) {
        return {desired ? Standing::kDesired : Standing::kSurplus, node};
      }
      // Another node may have got the address of one that is not back yet.
      return {all_answer_ || is_address(place.at.host) ? Standing::kGone : Standing::kUndecided,
              node};
    }
    if (!all_answer_) {
      return {Standing::kUndecided, -1};
    }
    // A server drops the address of a node when another ID answers there (redis cluster.c,
    // clusterProcessPacket).
    const bool former = always_without_address_[at] || former_[at];
    return {former ? Standing::kGone : judge_nameless(member, at), -1};
  }

  /// No name and no address leads to it, while every desired node answers. Servers learn the name
  /// of a node from itself: who hears of one that is gone already never does.
  Standing judge_nameless(const Member& member, std::size_t at) {
    const bool another = member.occupant == Occupant::kAnother;
    if (!member.hostname.empty() || (!another && member.occupant != Occupant::kNobody)) {
      return Standing::kStranger;
    }
    if (!claimed_[at] && (another || now_.pods_accounted)) {
      return Standing::kGone;
    }
    if (!failed_everywhere_[at]) {
      return Standing::kUndecided;
    }
    // The Pod of an owner may be out of reach: only that there is none tells.
    return claimed_[at] && !now_.pods_accounted ? Standing::kSurplus : Standing::kGone;
  }

  const Snapshot& now_;
  const Desired& wanted_;
  bool all_answer_ = false;
  std::vector<bool> seen_;
  std::vector<bool> always_without_address_;
  std::vector<bool> failed_everywhere_;
  std::vector<bool> claimed_;
  std::vector<bool> former_;
};

}  // namespace

Roster classify(const Snapshot& now, const Desired& wanted) {
  return Classifier(now, wanted).run();
}

}  // namespace autocache::hook
