// Nodes that are forgotten, and those that come back afterwards.

#include "runtime-hook/planner_world.h"

#include <algorithm>

namespace autocache::hook {
namespace {

/// For how long FORGET keeps an ID away (Redis: fixed; Valkey: cluster-blacklist-ttl), and a
/// second.
std::chrono::milliseconds ban(const World& world) {
  long longest = 0;
  for (const int member : world.live) {
    const auto& config = world.at(member).config;
    const auto it = config.find("cluster-blacklist-ttl");
    longest =
        std::max(longest, it == config.end() ? 60 : std::strtol(it->second.c_str(), nullptr, 10));
  }
  return std::chrono::milliseconds(longest * 1000 + 1000);
}

/// Redis 7.2 and later and Valkey pass FORGET on as long as it lasts: an ID that joins meanwhile
/// would be dropped again and again.
bool passes_forget_on(const Member& member) {
  return member.product == Product::kValkey || member.version >= Version{7, 2, 0};
}

bool an_owner_knows(const World& world, int member) {
  return std::any_of(world.live.begin(), world.live.end(), [&](int viewer) {
    const auto& peers = world.at(viewer).peers;
    return world.owned(viewer) > 0 &&
           std::any_of(peers.begin(), peers.end(), [&](const Peer& peer) {
             return peer.member == member || peer.has(kHandshake);
           });
  });
}

}  // namespace

bool mark_leaving(World& world, int member) {
  const Member& node = world.at(member);
  if (!node.config.contains("cluster-node-timeout") ||
      has_node_timeout(node, kLeavingNodeTimeout)) {
    return false;
  }
  world.step(SetConfig{member, {{"cluster-node-timeout", std::string(kLeavingNodeTimeout)}}},
             world.name(member) + " leaves: it must not introduce itself again");
  return true;
}

bool is_forgotten(const World& world, int member) {
  const Member& node = world.at(member);
  const bool lists = std::any_of(node.peers.begin(), node.peers.end(), [&](const Peer& peer) {
    return peer.member != member && !peer.has(kHandshake) && world.answers(peer.member);
  });
  const bool formed = std::any_of(world.live.begin(), world.live.end(),
                                  [&](int viewer) { return world.owned(viewer) > 0; });
  return lists && formed && world.owned(member) == 0 && node.slots.empty() &&
         world.standing(member) == Standing::kDesired && !an_owner_knows(world, member);
}

void bring_back(World& world, int member) {
  const Member& node = world.at(member);
  const int primary = node.primary_member;
  const bool copy = !node.primary && world.answers(primary) && world.at(primary).primary &&
                    world.owned(primary) > 0;
  if (!has_node_timeout(node, kLeavingNodeTimeout) && (node.keys == 0 || copy)) {
    world.step(Reset{member, Reset::Kind::kHard},
               world.name(member) + " is empty and was forgotten: it joins as a new node", 0,
               Certainty::kConfirmed);
    return;
  }
  if (passes_forget_on(node) && world.now.elapsed < ban(world)) {
    world.wait("forgotten", world.name(member) +
                                " was forgotten and is not known again before that ban is over");
    return;
  }
  // Whom nobody else knows any more would come back with it.
  for (const Peer& peer : node.peers) {
    const bool stays =
        world.answers(peer.member) && world.standing(peer.member) == Standing::kDesired;
    if (peer.member != member && !peer.has(kHandshake) && !stays &&
        !an_owner_knows(world, peer.member)) {
      world.step(Forget{member, peer.member},
                 world.name(peer.member) + " is known by no owner of slots any more", 0,
                 Certainty::kConfirmed);
    }
  }
}

}  // namespace autocache::hook
