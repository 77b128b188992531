#include "runtime-hook/status.h"

#include "base/json.h"
#include "runtime-hook/planner.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace autocache::hook {
namespace {

class Maker {
 public:
  Maker(const Snapshot& now, const Desired& wanted)
      : now_(now), wanted_(wanted), roster_(classify(now, wanted)) {}

  ClusterStatus make() {
    status_.name = wanted_.name;
    add_desired();
    add_others();
    check_slots();
    check_members();
    const bool serves = status_.slots_assigned == kSlotCount && !state_failed_;
    status_.state = !serves ? "failed" : status_.problems.empty() ? "ok" : "degraded";
    return std::move(status_);
  }

 private:
  void problem(std::string code, std::string message) {
    status_.problems.push_back({std::move(code), std::move(message)});
  }

  std::string name_of(int member) const {
    if (member < 0) {
      return "";
    }
    const int node = roster_.node[static_cast<std::size_t>(member)];
    return node >= 0 ? name_of_node(node) : describe(now_, member);
  }

  std::string name_of_node(int node) const {
    const DesiredNode& wanted = wanted_.nodes[static_cast<std::size_t>(node)];
    return wanted.name.empty() ? to_string(wanted.at) : wanted.name;
  }

  /// The announced address, or the one that led to the node.
  std::string ip_of(const Member& m) const {
    if (m.address >= 0) {
      const std::string& host = now_.addresses[static_cast<std::size_t>(m.address)].host;
      if (is_address(host)) {
        return host;
      }
    }
    const Place& place = now_.places[static_cast<std::size_t>(m.place)];
    return place.ips.empty() ? std::string() : place.ips.front();
  }

  void fill(NodeStatus& row, int member) {
    const Member& m = now_.at(member);
    row.id = m.id;
    row.up = m.place >= 0;
    if (!row.up) {
      return;
    }
    row.ip = ip_of(m);
    row.role = m.primary ? "primary" : "replica";
    row.primary = m.primary ? "" : name_of(m.primary_member);
    row.product = to_string(m.product, m.version);
    row.slots = m.primary ? m.slots.size() : 0;
    row.slot_ranges = m.primary ? hook::to_string(m.slots) : "";
    row.keys = m.keys;
    row.memory = m.used_memory;
    row.max_memory = m.max_memory;
    row.open_slots = static_cast<int>(m.open.size());
    if (!m.primary && m.primary_member >= 0 && now_.at(m.primary_member).place >= 0) {
      row.lag = std::max<std::int64_t>(0, now_.at(m.primary_member).offset - m.offset);
    }
  }

  void add_desired() {
    for (int node = 0; node < static_cast<int>(wanted_.nodes.size()); ++node) {
      NodeStatus row;
      row.name = name_of_node(node);
      row.address = to_string(wanted_.nodes[static_cast<std::size_t>(node)].at);
      const int member = roster_.member_of_node[static_cast<std::size_t>(node)];
      if (member >= 0) {
        fill(row, member);
      } else {
        const auto place = static_cast<std::size_t>(node);
        const std::string error =
            place < now_.places.size() ? now_.places[place].error : std::string();
        problem("node_down",
                fmt::format("{} does not answer{}", row.name, error.empty() ? "" : ": " + error));
      }
      status_.nodes.push_back(std::move(row));
    }
  }

  void add_others() {
    for (int member = 0; member < static_cast<int>(now_.members.size()); ++member) {
      const Standing standing = roster_.standing[static_cast<std::size_t>(member)];
      if (standing == Standing::kDesired || standing == Standing::kHandshaking) {
        continue;
      }
      NodeStatus row;
      row.name = name_of(member);
      const Member& m = now_.at(member);
      if (m.place >= 0) {
        row.address = to_string(now_.endpoint_of(member));
      } else if (m.address >= 0) {
        row.address = to_string(now_.addresses[static_cast<std::size_t>(m.address)]);
      }
      fill(row, member);
      if (standing == Standing::kSurplus) {
        problem("surplus_node", row.name + " is beyond the wanted count");
      } else if (standing == Standing::kStranger) {
        problem("stranger", row.name + " is in the cluster but not in the desired state");
      } else {
        problem("stale_node",
                row.name + " is still in the cluster's tables but does not exist any more");
      }
      status_.nodes.push_back(std::move(row));
    }
  }

  void check_slots() {
    SlotSet assigned;
    SlotSet twice;
    for (const Member& member : now_.members) {
      if (member.place >= 0 && member.primary) {
        twice |= assigned & member.slots;
        assigned |= member.slots;
      }
    }
    status_.slots_assigned = assigned.size();
    const SlotSet missing = SlotSet::all() - assigned;
    if (!missing.empty()) {
      problem("slots_uncovered", fmt::format("{} slots have no owner that answers: {}",
                                             missing.size(), to_string(missing)));
    }
    if (!twice.empty()) {
      problem("slots_claimed_twice",
              fmt::format("{} slots have two owners: {}", twice.size(), to_string(twice)));
    }
    bool first = true;
    for (const NodeStatus& row : status_.nodes) {
      if (row.up && row.role == "primary") {
        status_.most_slots = first ? row.slots : std::max(status_.most_slots, row.slots);
        status_.fewest_slots = first ? row.slots : std::min(status_.fewest_slots, row.slots);
        first = false;
      }
    }
    if (missing.empty() && !wanted_.slot_plan && status_.most_slots - status_.fewest_slots > 1) {
      problem("unbalanced", fmt::format("primaries own between {} and {} slots",
                                        status_.fewest_slots, status_.most_slots));
    }
  }

  void check_members() {
    std::vector<int> replicas(now_.members.size(), 0);
    for (int i = 0; i < static_cast<int>(now_.members.size()); ++i) {
      const Member& m = now_.at(i);
      if (m.place < 0) {
        continue;
      }
      const bool alone = m.peers.size() <= 1 && m.slots.empty();
      if (alone && status_.slots_assigned > 0) {
        problem("not_joined", name_of(i) + " has not joined the cluster yet");
      } else if (!m.state_ok && m.product != Product::kAutocache) {
        state_failed_ = true;
        problem("state_failed", name_of(i) + " says cluster_state:fail");
      }
      if (!m.open.empty()) {
        problem("slots_open", fmt::format("{} has {} open slots", name_of(i), m.open.size()));
      }
      if (!m.primary && !m.link_up) {
        problem("replica_link_down", name_of(i) + " has no link to its primary");
      }
      if (!m.primary && m.primary_member >= 0) {
        ++replicas[static_cast<std::size_t>(m.primary_member)];
      }
    }
    for (int i = 0; i < static_cast<int>(now_.members.size()); ++i) {
      const int has = replicas[static_cast<std::size_t>(i)];
      if (now_.at(i).place >= 0 && now_.at(i).primary && !now_.at(i).slots.empty() &&
          has < wanted_.replicas_per_shard) {
        problem("replicas_missing", fmt::format("{} has {} of {} replicas", name_of(i), has,
                                                wanted_.replicas_per_shard));
      }
    }
  }

  const Snapshot& now_;
  const Desired& wanted_;
  Roster roster_;
  ClusterStatus status_;
  bool state_failed_ = false;
};

std::string size_text(std::int64_t bytes) {
  constexpr std::array<const char*, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace

ClusterStatus make_status(const Snapshot& now, const Desired& wanted) {
  return Maker(now, wanted).make();
}

Json status_json(const ClusterStatus& status) {
  Json json{{"version", 1},
            {"name", status.name},
            {"state", status.state},
            {"slotsAssigned", status.slots_assigned}};
  json["nodes"] = Json::array();
  for (const NodeStatus& row : status.nodes) {
    json["nodes"].push_back({{"name", row.name},
                             {"id", row.id},
                             {"address", row.address},
                             {"up", row.up},
                             {"role", row.role},
                             {"primary", row.primary},
                             {"product", row.product},
                             {"slots", row.slots},
                             {"slotRanges", row.slot_ranges},
                             {"openSlots", row.open_slots},
                             {"keys", row.keys},
                             {"usedMemory", row.memory},
                             {"maxMemory", row.max_memory},
                             {"lagBytes", row.lag}});
  }
  json["problems"] = Json::array();
  for (const StatusProblem& problem : status.problems) {
    json["problems"].push_back({{"code", problem.code}, {"message", problem.message}});
  }
  return json;
}

std::string status_table(const ClusterStatus& status) {
  std::string text = fmt::format("cluster {}: {}, {}/{} slots assigned\n\n", status.name,
                                 status.state, status.slots_assigned, kSlotCount);
  std::size_t width = 4;
  std::size_t address = 7;
  for (const NodeStatus& row : status.nodes) {
    width = std::max(width, row.name.size());
    address = std::max(address, row.address.size());
  }
  text += fmt::format("{:<{}}  {:<{}}  {:<9}  {:>6}  {:>10}  {:>10}  {:>8}  {}\n", "NODE", width,
                      "ADDRESS", address, "ROLE", "SLOTS", "KEYS", "MEMORY", "LAG", "PRIMARY");
  for (const NodeStatus& row : status.nodes) {
    text +=
        fmt::format("{:<{}}  {:<{}}  {:<9}  {:>6}  {:>10}  {:>10}  {:>8}  {}\n", row.name, width,
                    row.address, address, row.up ? row.role : "down", row.slots, row.keys,
                    size_text(row.memory), row.lag < 0 ? "-" : size_text(row.lag), row.primary);
  }
  if (!status.problems.empty()) {
    text += "\nproblems:\n";
    for (const StatusProblem& problem : status.problems) {
      text += fmt::format("  {}: {}\n", problem.code, problem.message);
    }
  }
  return text;
}

}  // namespace autocache::hook
