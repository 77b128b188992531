#include "runtime-hook/resource_status.h"

#include "base/json.h"
#include "base/text.h"
#include "runtime-hook/slots.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace autocache::hook {
namespace {

/// The longest message of a condition that the schema takes is 32,768; people read less.
constexpr std::size_t kMaxMessage = 1024;

struct Condition {
  std::string_view type;
  bool holds = false;
  std::string_view reason;
  std::string message;
};

const Json& member(const Json& object, const char* name) {
  static const Json kNothing;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() ? *found : kNothing;
}

std::int64_t number(const Json& value, std::int64_t otherwise) {
  return value.is_number_integer() ? value.get<std::int64_t>() : otherwise;
}

std::string shortened(std::string text) {
  if (text.size() > kMaxMessage) {
    text.resize(utf8_floor(text, kMaxMessage - 3));
    text += "...";
  }
  return text;
}

std::string problems_text(const ClusterStatus& cluster) {
  std::string text;
  for (const StatusProblem& problem : cluster.problems) {
    text += (text.empty() ? "" : "; ") + problem.message;
  }
  return text;
}

std::string_view phase_of(const ClusterStatus& cluster, const Json& resource, const RunState& run) {
  if (run.phase != RunPhase::kWorking) {
    return cluster.state == "failed" ? "Failed" : "Running";
  }
  const Json& before = member(resource, "status");
  if (cluster.slots_assigned == 0 && number(member(before, "slotsAssigned"), 0) == 0) {
    return "Creating";
  }
  const std::int64_t wanted = number(member(member(resource, "spec"), "replicas"), 0);
  return wanted != number(member(before, "replicas"), wanted) ? "Scaling" : "Updating";
}

Condition ready(const ClusterStatus& cluster, bool all_up) {
  if (cluster.state == "failed") {
    return {"Ready", false, "ClusterDown",
            fmt::format("{} of {} slots are served", cluster.slots_assigned, kSlotCount)};
  }
  if (!all_up) {
    return {"Ready", false, "NodesDown", "all slots are served, but not every node answers"};
  }
  return {"Ready", true, "ClusterOk", "all slots are served and every node answers"};
}

Condition progressing(const RunState& run) {
  switch (run.phase) {
    case RunPhase::kWorking:
      return {"Progressing", true, "Working", "the hook is at work"};
    case RunPhase::kDone:
      return {"Progressing", false, "Done", "the cluster is as desired"};
    case RunPhase::kFailed:
      return {"Progressing", false, "Failed", run.message};
    case RunPhase::kRefused:
      break;
  }
  return {"Progressing", false, "Refused", run.message};
}

Condition degraded(const ClusterStatus& cluster, const RunState& run) {
  if (run.phase == RunPhase::kRefused) {
    return {"Degraded", true, "Refused", "a person must look: " + run.message};
  }
  if (run.phase == RunPhase::kFailed) {
    return {"Degraded", true, "Failed", run.message};
  }
  if (!cluster.problems.empty() && run.phase == RunPhase::kDone) {
    return {"Degraded", true, "Problems", problems_text(cluster)};
  }
  return {"Degraded", false, "AsExpected", ""};
}

Json to_json(const Condition& condition,
             const Json& before,
             std::int64_t generation,
             const std::string& now) {
  const std::string status = condition.holds ? "True" : "False";
  std::string since = now;
  for (const Json& old : before.is_array() ? before : Json::array()) {
    if (member(old, "type") == condition.type && member(old, "status") == status &&
        member(old, "lastTransitionTime").is_string()) {
      since = member(old, "lastTransitionTime").get<std::string>();
    }
  }
  return Json{{"type", condition.type},           {"status", status},
              {"observedGeneration", generation}, {"lastTransitionTime", since},
              {"reason", condition.reason},       {"message", shortened(condition.message)}};
}

Json to_json(const NodeStatus& node) {
  Json out{{"name", node.name}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      out[name] = value;
    }
  };
  add("podIP", node.ip);
  add("nodeID", node.id);
  add("role", node.role == "primary" ? "master" : node.role);
  add("slots", node.slot_ranges);
  out["ready"] = node.up;
  out["phase"] = node.up ? "Running" : "Down";
  return out;
}

}  // namespace

Json resource_status(const ClusterStatus& cluster, const Json& resource, const RunState& run) {
  const std::int64_t generation = number(member(member(resource, "metadata"), "generation"), 0);
  const auto up = std::count_if(cluster.nodes.begin(), cluster.nodes.end(),
                                [](const NodeStatus& node) { return node.up; });
  const bool all_up = std::all_of(cluster.nodes.begin(), cluster.nodes.end(),
                                  [](const NodeStatus& node) { return node.up; });
  Json out{{"phase", phase_of(cluster, resource, run)},
           {"replicas", cluster.nodes.size()},
           {"readyReplicas", up},
           {"clusterStatus", cluster.state},
           {"nodes", Json::array()},
           {"slotsAssigned", cluster.slots_assigned},
           {"conditions", Json::array()}};
  for (const NodeStatus& node : cluster.nodes) {
    out["nodes"].push_back(to_json(node));
  }
  const Json& before = member(member(resource, "status"), "conditions");
  for (const Condition& condition :
       {ready(cluster, all_up), progressing(run), degraded(cluster, run)}) {
    out["conditions"].push_back(to_json(condition, before, generation, run.now));
  }
  out["lastUpdateTime"] = run.now;
  out["observedGeneration"] = generation;
  return out;
}

}  // namespace autocache::hook
