#pragma once

// A server that has just started and is not linked to its cluster: it is empty and new, or its own
// or its peers' addresses have changed. Leads it to the peers that the headless Service names, so
// that it serves before its Pod is ready. Never makes a cluster, moves a slot or forgets a node.

#include "runtime-hook/cluster_nodes.h"
#include "runtime-hook/transport.h"

#include <chrono>
#include <string_view>
#include <vector>

namespace autocache::hook {

/// The nodes of a CLUSTER NODES text whose IDs are their own. They point into the text.
std::vector<NodeLine> known_nodes(std::string_view text);

/// What a node says about itself and the others must meet before a server is introduced to it: it
/// is in the server's own table (only its address has changed), or the server knows nobody and the
/// node belongs to a formed cluster under the same headless Service, by the names that both
/// announce. Pod addresses are reused, and two clusters must never merge (design 5.1.2).
bool may_meet(const std::vector<NodeLine>& own, const std::vector<NodeLine>& of_peer);

enum class Rejoin {
  kAlone,       ///< there is no cluster to join: the sync forms one
  kMember,      ///< it knows peers, and each that answers at the address that it knows
  kIntroduced,  ///< it has just been introduced: the cluster will be there in a moment
};

/// Introduces the server at `node` (CLUSTER MEET) to the peers at `peers` that may_meet() allows.
/// Servers that restart at the same time know each other's old addresses only, and learn the new
/// ones by gossip as late as a node timeout afterwards; a failover in between leaves them with too
/// few primaries in sight (cluster_state:fail).
Rejoin rejoin(const Endpoint& node,
              const Endpoint& peers,
              Transport& transport,
              std::chrono::milliseconds timeout);

}  // namespace autocache::hook
