#include "runtime-hook/resource_status.h"

#include "base/json.h"
#include "support/catch.h"

namespace autocache::hook {
namespace {

constexpr const char* kNow = "2026-01-02T03:04:05Z";
constexpr const char* kBefore = "2025-12-31T00:00:00Z";

ClusterStatus healthy() {
  ClusterStatus cluster;
  cluster.name = "cache";
  cluster.state = "ok";
  cluster.slots_assigned = 16384;
  NodeStatus node;
  node.name = "cache-0";
  node.ip = "10.0.0.1";
  node.id = "aaa";
  node.role = "primary";
  node.slot_ranges = "0-16383";
  node.up = true;
  cluster.nodes = {node};
  return cluster;
}

Json condition(const Json& status, const std::string& type) {
  for (const Json& each : status["conditions"]) {
    if (each["type"] == type) {
      return each;
    }
  }
  return nullptr;
}

const Json kResource{{"metadata", {{"generation", 7}}}, {"spec", {{"replicas", 1}}}};

TEST_CASE("a healthy cluster is Running, Ready and observed at its generation") {
  const Json status = resource_status(healthy(), kResource, {RunPhase::kDone, "", kNow});
  CHECK(status["phase"] == "Running");
  CHECK(status["replicas"] == 1);
  CHECK(status["readyReplicas"] == 1);
  CHECK(status["slotsAssigned"] == 16384);
  CHECK(status["observedGeneration"] == 7);
  CHECK(status["lastUpdateTime"] == kNow);
  CHECK(status["nodes"].dump() ==
        R"([{"name":"cache-0","podIP":"10.0.0.1","nodeID":"aaa","role":"master",)"
        R"("slots":"0-16383","ready":true,"phase":"Running"}])");
  CHECK(condition(status, "Ready")["status"] == "True");
  CHECK(condition(status, "Progressing")["status"] == "False");
  CHECK(condition(status, "Degraded")["status"] == "False");
}

TEST_CASE("a condition keeps its time until its status changes") {
  Json resource = kResource;
  resource["status"]["conditions"] =
      Json::array({{{"type", "Ready"}, {"status", "True"}, {"lastTransitionTime", kBefore}},
                   {{"type", "Progressing"}, {"status", "True"}, {"lastTransitionTime", kBefore}}});
  const Json status = resource_status(healthy(), resource, {RunPhase::kDone, "", kNow});
  CHECK(condition(status, "Ready")["lastTransitionTime"] == kBefore);
  CHECK(condition(status, "Progressing")["lastTransitionTime"] == kNow);
}

TEST_CASE("a run at work says what it is about") {
  const auto phase = [](const ClusterStatus& cluster, const Json& resource) {
    return resource_status(cluster, resource, {RunPhase::kWorking, "", kNow})["phase"];
  };
  ClusterStatus empty = healthy();
  empty.slots_assigned = 0;
  empty.state = "failed";
  CHECK(phase(empty, kResource) == "Creating");
  Json formed = kResource;
  formed["status"] = {{"replicas", 1}, {"slotsAssigned", 16384}};
  CHECK(phase(healthy(), formed) == "Updating");
  formed["spec"]["replicas"] = 3;
  CHECK(phase(healthy(), formed) == "Scaling");
  CHECK(condition(resource_status(healthy(), formed, {RunPhase::kWorking, "", kNow}),
                  "Progressing")["status"] == "True");
}

TEST_CASE("what is wrong is told") {
  ClusterStatus cluster = healthy();
  cluster.nodes.push_back({});
  cluster.nodes.back().name = "cache-1";
  cluster.state = "degraded";
  cluster.problems = {{"node_down", "cache-1 does not answer"}};
  Json status = resource_status(cluster, kResource, {RunPhase::kDone, "", kNow});
  CHECK(status["phase"] == "Running");
  CHECK(status["readyReplicas"] == 1);
  CHECK(condition(status, "Ready")["reason"] == "NodesDown");
  CHECK(condition(status, "Degraded")["message"] == "cache-1 does not answer");
  cluster.state = "failed";
  cluster.slots_assigned = 8192;
  status = resource_status(cluster, kResource, {RunPhase::kRefused, "no room on cache-0", kNow});
  CHECK(status["phase"] == "Failed");
  CHECK(condition(status, "Ready")["message"] == "8192 of 16384 slots are served");
  CHECK(condition(status, "Degraded")["message"] == "a person must look: no room on cache-0");
}

TEST_CASE("a long message is cut between two characters") {
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    text += "\u00e4";
  }
  const Json status = resource_status(healthy(), kResource, {RunPhase::kFailed, text, kNow});
  const std::string message = condition(status, "Degraded")["message"].get<std::string>();
  CHECK(message.size() <= 1024);
  CHECK_NOTHROW(status.dump());
}

}  // namespace
}  // namespace autocache::hook
