#pragma once

// The text that CLUSTER NODES prints, as far as a plan needs it.

#include "base/diagnostic.h"
#include "base/result.h"
#include "base/source.h"
#include "runtime-hook/slots.h"

#include <string>
#include <string_view>
#include <vector>

namespace autocache::plan {

struct ClusterNode {
  std::string id;
  /// host:port
  std::string address;
  /// What the node announces as its name (Redis 7, Valkey); may be empty.
  std::string hostname;
  bool primary = false;
  bool failed = false;
  /// Of a replica: the id of its primary.
  std::string primary_id;
  hook::SlotSet slots;
  /// A slot on its way from or to this node.
  bool open_slots = false;

  /// The name of its Pod, the first label of its hostname; may be empty.
  [[nodiscard]] std::string_view pod() const {
    return std::string_view(hostname).substr(0, hostname.find('.'));
  }
};

/// All nodes in the order of the text. A line that is not one of CLUSTER NODES, a slot that two
/// nodes claim, or no node at all is an error at its place.
Result<std::vector<ClusterNode>> read_cluster_nodes(const SourcePtr& source);

}  // namespace autocache::plan
