#include "runtime-hook/rejoin.h"

#include "base/text.h"

#include <algorithm>
#include <set>

namespace autocache::hook {
namespace {

/// A probe runs every few seconds; gossip does the rest.
constexpr int kMeetingsPerRun = 8;
/// Peers that do not answer cost time.
constexpr int kSilentPerRun = 4;

constexpr std::size_t kFirstSlotField = 8;

/// "cache-headless.shop.svc" of "cache-0.cache-headless.shop.svc".
std::string_view service_of(std::string_view hostname) {
  const auto dot = hostname.find('.');
  return dot == std::string_view::npos ? std::string_view() : hostname.substr(dot + 1);
}

bool is_formed(const std::vector<KnownNode>& nodes) {
  return nodes.size() > 1 && std::any_of(nodes.begin(), nodes.end(),
                                         [](const KnownNode& node) { return node.owns_slots; });
}

std::vector<KnownNode> ask(const Endpoint& at,
                           Transport& transport,
                           std::chrono::milliseconds timeout) {
  const Outcome nodes = transport.call({at, {"CLUSTER", "NODES"}, 0, timeout});
  return nodes && !nodes->is_error() ? parse_known_nodes(nodes->text) : std::vector<KnownNode>();
}

}  // namespace

std::vector<KnownNode> parse_known_nodes(std::string_view text) {
  std::vector<KnownNode> nodes;
  for (const std::string_view line : split(text, '\n')) {
    const auto fields = split(trim(line), ' ');
    if (fields.size() < kFirstSlotField) {
      continue;
    }
    KnownNode node;
    node.id = fields[0];
    const auto address = split(fields[1], ',');
    const std::string_view place = address[0].substr(0, address[0].find('@'));
    node.ip = place.substr(0, place.rfind(':'));
    if (address.size() > 1 && address[1].find('=') == std::string_view::npos) {
      node.hostname = address[1];
    }
    const auto flags = split(fields[2], ',');
    const auto has = [&](std::string_view flag) {
      return std::find(flags.begin(), flags.end(), flag) != flags.end();
    };
    if (has("handshake")) {
      continue;  // its ID is not its own yet
    }
    node.self = has("myself");
    node.connected = fields[7] == "connected";
    node.owns_slots = fields.size() > kFirstSlotField && !fields[kFirstSlotField].starts_with('[');
    nodes.push_back(std::move(node));
  }
  return nodes;
}

const KnownNode* self_of(const std::vector<KnownNode>& nodes) {
  const auto found =
      std::find_if(nodes.begin(), nodes.end(), [](const KnownNode& node) { return node.self; });
  return found == nodes.end() ? nullptr : &*found;
}

bool may_meet(const std::vector<KnownNode>& own, const std::vector<KnownNode>& of_peer) {
  const KnownNode* me = self_of(own);
  const KnownNode* peer = self_of(of_peer);
  if (me == nullptr || peer == nullptr || me->id == peer->id) {
    return false;
  }
  const bool known = std::any_of(own.begin(), own.end(),
                                 [&](const KnownNode& node) { return node.id == peer->id; });
  if (known) {
    return true;
  }
  return own.size() == 1 && !me->owns_slots && is_formed(of_peer) &&
         !service_of(me->hostname).empty() &&
         service_of(me->hostname) == service_of(peer->hostname);
}

Rejoin rejoin(const Endpoint& node,
              const Endpoint& peers,
              Transport& transport,
              std::chrono::milliseconds timeout) {
  const std::vector<KnownNode> own = ask(node, transport, timeout);
  const Rejoin otherwise = own.size() > 1 ? Rejoin::kMember : Rejoin::kAlone;
  const auto addresses = transport.resolve(peers.host);
  if (own.empty() || !addresses) {
    return otherwise;
  }
  std::set<std::string> reached;
  for (const KnownNode& known : own) {
    if (known.self || known.connected) {
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
    const std::vector<KnownNode> of_peer = ask(peer, transport, timeout);
    silent += of_peer.empty() ? 1 : 0;
    if (!may_meet(own, of_peer)) {
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
