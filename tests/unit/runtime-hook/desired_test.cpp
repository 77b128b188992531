#include "runtime-hook/desired.h"

#include "support/catch.h"

#include <fstream>
#include <iterator>

namespace autocache::hook {
namespace {

std::string problems(std::string_view json) {
  const Result<Desired> result = parse_desired(json);
  if (result) {
    return "none";
  }
  std::string text;
  for (const Diagnostic& diagnostic : result.error()) {
    text += diagnostic.code + " " + diagnostic.path + ": " + diagnostic.message + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("the smallest desired state has defaults for the rest") {
  const auto desired = parse_desired(
      R"({"version":1,"name":"cache","engine":"redis","nodes":["127.0.0.1:7000@17000"]})");
  REQUIRE(desired);
  CHECK(desired->nodes.size() == 1);
  CHECK(desired->nodes[0].name.empty());
  CHECK(desired->nodes[0].at == Endpoint{"127.0.0.1", 7000, 17000});
  CHECK(desired->timeout == std::chrono::seconds(600));
  CHECK(desired->storage == Storage::kNone);
  CHECK(desired->on_full == OnFull::kRefuse);
  CHECK_FALSE(desired->config);
  CHECK_FALSE(desired->slot_plan);
  CHECK(desired->shards() == 1);
}

TEST_CASE("every field of the desired state is read") {
  const auto desired =
      parse_desired(R"({"version": 1, "name": "cache", "namespace": "shop", "engine": "valkey",
    "nodes": ["cache-0-0.cache-headless:6379@16379", "cache-0-1.cache-headless:6379@16379",
              "[::1]:7000@17000", "cache-1-1.cache-headless:6379@16379"],
    "surplus": ["127.0.0.1:7009@17009"], "replicasPerShard": 1,
    "placement": [{"host": "n1", "zone": "z1"}, {"host": "n2"}, {}, {"zone": "z2"}],
    "slotPlan": {"0-8191": "cache-0", "8192-16383": "cache-1"},
    "config": {"maxmemory": "100mb", "hz": 20}, "rateLimitMBps": 40, "timeoutSeconds": 30, "onFull": "Evict", "storage": true,
    "auth": {"username": "u", "passwordFile": "/p"}, "tls": {"caFile": "/ca"},
    "loadAware": {"cpuThreshold": 70, "memoryThreshold": 60}})");
  REQUIRE(desired);
  CHECK(desired->namespace_ == "shop");
  CHECK(desired->engine == Engine::kValkey);
  CHECK(desired->nodes[0].name == "cache-0-0");
  CHECK(desired->nodes[2].at == Endpoint{"::1", 7000, 17000});
  CHECK(desired->nodes[1].placement == Placement{"n2", ""});
  CHECK(desired->placed);
  CHECK(desired->shards() == 2);
  CHECK(slots_of(*desired->slot_plan, 1) == SlotSet(SlotRange{8192, 16383}));
  CHECK(desired->config->at("maxmemory") == "100mb");
  CHECK(desired->config->at("hz") == "20");
  CHECK(desired->rate_limit_mbps == 40);
  CHECK(desired->timeout == std::chrono::seconds(30));
  CHECK(desired->on_full == OnFull::kEvict);
  CHECK(desired->storage == Storage::kPersistent);
  CHECK(desired->auth->password_file == "/p");
  CHECK(desired->tls_ca_file == "/ca");
  CHECK(desired->load_aware->memory_threshold == 60);
}

TEST_CASE("all problems of a desired state are told at once") {
  CHECK(problems("nonsense") == "AC4001 : is not JSON\n");
  CHECK(problems("[1]") == "AC4001 : must be a JSON object\n");
  CHECK(
      problems(
          R"({"version":2,"engine":"memcached","nodes":["h:x","h:1@2","h:1@2"],"replicasPerShard":2,"extra":1,
                     "config":{"a":[]},"slotPlan":{"0-20000":"x"},"onFull":"Maybe","storage":"yes",
                     "auth":{"pass":"x"},"timeoutSeconds":0})") ==
      "AC4003 /version: must be 1\n"
      "AC4003 /name: must name the cluster\n"
      "AC4003 /engine: must be one of autocache, redis, valkey\n"
      "AC4003 /nodes/0: must be host:port@bus-port\n"
      "AC4003 /nodes/2: is listed twice\n"
      "AC4003 /nodes: 2 nodes do not divide into shards of 3\n"
      "AC4003 /slotPlan/0-20000: must be a slot range in 0-16383\n"
      "AC4003 /slotPlan/0-20000: names no shard\n"
      "AC4003 /config/a: must be a string\n"
      "AC4003 /timeoutSeconds: must be an integer from 1 to 604800\n"
      "AC4003 /onFull: must be one of Refuse, Evict\n"
      "AC4003 /storage: must be true or false\n"
      "AC4003 /auth/passwordFile: must name a file\n"
      "AC4002 /auth/pass: unknown key\n"
      "AC4002 /extra: unknown key\n");
}

TEST_CASE("a slot plan must not name a slot twice or a shard that is not there") {
  const std::string head =
      R"({"version":1,"name":"c","engine":"redis","nodes":["h:1","h:2"],"slotPlan":)";
  CHECK(problems(head + R"({"0-10":"c-0","5-20":"c-1"}})") ==
        "AC4003 /slotPlan/5-20: slot 5 is named twice\n");
  CHECK(problems(head + R"({"0-10":"c-2"}})") == "AC4003 /slotPlan/0-10: names no shard\n");
  CHECK(problems(head + R"({"0-10":"c-1"}})") == "none");
}

TEST_CASE("a node both wanted and surplus is a contradiction") {
  CHECK(problems(
            R"({"version":1,"name":"c","engine":"redis","nodes":["h:1@2"],"surplus":["h:1@2"]})") ==
        "AC4003 /surplus/0: is a desired node too\n");
}

TEST_CASE("Pod names tell ordinal or shard and ordinal") {
  CHECK(parse_pod_name("cache", "cache-12")->first == 12);
  CHECK(parse_pod_name("cache", "cache-12")->second == -1);
  CHECK(parse_pod_name("my-cache", "my-cache-2-1")->second == 1);
  for (const char* bad :
       {"cache", "cache-", "cache-x", "cache-1-2-3", "cache-01", "other-1", "cache1", "cache--1"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_pod_name("cache", bad));
  }
}

TEST_CASE("host names are the same with and without the namespace") {
  CHECK(same_host_name("cache-0.cache-headless", "cache-0.cache-headless.shop.svc"));
  CHECK(same_host_name("a", "a"));
  CHECK_FALSE(same_host_name("cache-0.cache-headless", "cache-0.cache-headless2"));
  CHECK_FALSE(same_host_name("cache-0", "cache-0.other"));
  CHECK_FALSE(same_host_name("", ""));
}

TEST_CASE("the desired state that the documentation shows is one") {
  std::ifstream file("docs/hook.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const auto begin = page.find("```json\n");
  REQUIRE(begin != std::string::npos);
  const auto text = page.substr(begin + 8, page.find("```", begin + 8) - begin - 8);
  const auto desired = parse_desired(text);
  CAPTURE(problems(text));
  REQUIRE(desired);
  CHECK(desired->nodes.size() == 3);
}

}  // namespace autocache::hook
