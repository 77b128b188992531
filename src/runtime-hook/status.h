#pragma once

// What a look at the cluster means for a person: one state, one row per node, and every problem by
// a stable code. Pure.

#include "base/json_fwd.h"
#include "runtime-hook/desired.h"
#include "runtime-hook/snapshot.h"

#include <cstdint>
#include <string>
#include <vector>

namespace autocache::hook {

/// One node: a desired one, or a member of the cluster that nobody asked for.
struct NodeStatus {
  std::string name;
  std::string id;
  std::string address;
  std::string ip;       ///< as the node announces it; empty if it does not answer
  std::string role;     ///< "primary", "replica", or empty if it does not answer
  std::string primary;  ///< name of a replica's primary
  std::string product;
  std::string slot_ranges;
  int slots = 0;
  std::int64_t keys = 0;
  std::int64_t memory = 0;
  std::int64_t max_memory = 0;
  std::int64_t lag = -1;  ///< bytes behind its primary; -1 unknown or not a replica
  int open_slots = 0;
  bool up = false;
};

struct StatusProblem {
  std::string code;
  std::string message;
};

struct ClusterStatus {
  std::string name;
  /// "ok"; "degraded": serves, with problems; "failed": does not serve all slots.
  std::string state;
  int slots_assigned = 0;
  /// Slots of the primary with the most and of that with the fewest.
  int most_slots = 0;
  int fewest_slots = 0;
  std::vector<NodeStatus> nodes;
  std::vector<StatusProblem> problems;
};

/// The status of the cluster that `now` shows.
ClusterStatus make_status(const Snapshot& now, const Desired& wanted);

/// Format version 1 (design 8), with more keys per node than it promises.
Json status_json(const ClusterStatus& status);

/// A table for people.
std::string status_table(const ClusterStatus& status);

}  // namespace autocache::hook
