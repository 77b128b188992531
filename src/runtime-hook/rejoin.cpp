#include "runtime-hook/rejoin.h"

#include "runtime-hook/cluster_nodes.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace autocache::hook {
namespace {

/// A probe runs every few seconds; gossip does the rest.
constexpr int kMeetingsPerRun = 8;
/// Peers that do not answer cost time.
constexpr int kSilentPerRun = 4;

/// "cache-headless.shop.svc" of "cache-0.cache-headless.shop.svc".
std::string_view service_of(std::string_view hostname) {
  const auto dot = hostname.find('.');
  return dot == std::string_view::npos ? std::string_view() : hostname.substr(dot + 1);
}

bool is_formed(const std::vector<NodeLine>& nodes) {
  return nodes.size() > 1 && std::any_of(nodes.begin(), nodes.end(),
                                         [](const auto& node) { return node.owns_slots(); });
}

/// The CLUSTER NODES text of the server at `at`; empty if it does not give one.
std::string ask(const Endpoint& at, Transport& transport, std::chrono::milliseconds timeout) {
  Outcome nodes = transport.call({at, {"CLUSTER", "NODES"}, 0, timeout});
  return nodes && !nodes->is_error() ? std::move(nodes->text) : std::string();
}

}  // namespace

std::vector<NodeLine> known_nodes(std::string_view text) {
  std::vector<NodeLine> nodes = read_cluster_nodes(text);
  std::erase_if(nodes, [](const NodeLine& node) { return node.has(kHandshake); });
  return nodes;
}

bool may_meet(const std::vector<NodeLine>& own, const std::vector<NodeLine>& of_peer) {
  const NodeLine* me = myself_of(own);
  const NodeLine* peer = myself_of(of_peer);
  if (me == nullptr || peer == nullptr || me->id == peer->id) {
    return false;
  }
  const bool known = std::any_of(own.begin(), own.end(),
                                 [&](const NodeLine& node) { return node.id == peer->id; });
  if (known) {
    return true;
  }
  return own.size() == 1 && !me->owns_slots() && is_formed(of_peer) &&
         !service_of(me->hostname).empty() &&
         service_of(me->hostname) == service_of(peer->hostname);
}

Rejoin rejoin(const Endpoint& node,
              const Endpoint& peers,
              Transport& transport,
              std::chrono::milliseconds timeout) {
  const std::string own_text = ask(node, transport, timeout);
  const std::vector<NodeLine> own = known_nodes(own_text);
  const Rejoin otherwise = own.size() > 1 ? Rejoin::kMember : Rejoin::kAlone;
  const auto addresses = transport.resolve(peers.host);
  if (own.empty() || !addresses) {
    return otherwise;
  }
  std::set<std::string_view> reached;
  for (const NodeLine& known : own) {
    if (known.has(kMyself) || known.connected) {
      reached.insert(known.ip);
    }
  }
  int meetings = 0;
  int silent = 0;
  for (const std::string& ip : *addresses) {
    if (reached.count(ip) != 0 || silent == kSilentPerRun) {
      continue;
    }
    const Endpoint peer{ip, peers.port, peers.bus_port};
    const std::string of_peer = ask(peer, transport, timeout);
    silent += of_peer.empty() ? 1 : 0;
    if (!may_meet(own, known_nodes(of_peer))) {
      continue;
    }
    transport.call(
        {node,
         {"CLUSTER", "MEET", ip, std::to_string(peers.port), std::to_string(peers.bus_port)},
         0,
         timeout});
    // Of a cluster that it knows nothing of, one node tells all the others.
    if (++meetings == kMeetingsPerRun || own.size() == 1) {
      break;
    }
  }
  return meetings > 0 ? Rejoin::kIntroduced : otherwise;
}

}  // namespace autocache::hook
