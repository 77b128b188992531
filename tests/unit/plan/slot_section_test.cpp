#include "plan/slot_section.h"

#include "plan/cluster_nodes.h"
#include "support/catch.h"

#include <string>

using namespace autocache;
using namespace autocache::plan;

namespace {

Cache cache(int nodes, int replicas_per_shard = 0) {
  Cache made;
  made.name = "cache";
  made.replicas_per_shard = replicas_per_shard;
  made.sets = {{"cache", nodes, false}};
  return made;
}

constexpr const char* kThreeNodes =
    "aaa 10.0.0.1:6379@16379,cache-0.cache-headless.shop.svc master - 0 0 1 connected 0-99 "
    "200-5460\n"
    "bbb 10.0.0.2:6379@16379,cache-1.cache-headless.shop.svc myself,master - 0 0 2 connected "
    "100-199 5461-10922\n"
    "ccc 10.0.0.3:6379@16379,cache-2.cache-headless.shop.svc master - 0 0 3 connected 10923-16383 "
    "[5461->-aaa]\n"
    "ddd 10.0.0.4:6379@16379,cache-3.cache-headless.shop.svc slave aaa 0 0 1 connected\n";

}  // namespace

TEST_CASE("3 to 4 nodes moves 4096 slots, never more") {
  const auto section = plan_slots(cache(3), cache(4), {}, {});
  REQUIRE(section);
  CHECK(section->moved == 4096);
  REQUIRE(section->shards.size() == 4);
  for (const ShardSlots& shard : section->shards) CHECK(shard.after.size() == 4096);
  CHECK(section->shards[3].before.empty());
  CHECK(section->basis.starts_with("assumed"));
}

TEST_CASE("leaving shards give everything, and only they give") {
  const auto section = plan_slots(cache(4), cache(3), {}, {});
  REQUIRE(section);
  CHECK(section->moved == 4096);
  for (const NamedMove& move : section->moves) CHECK(move.from == "cache-3");
  CHECK(section->shards[3].after.empty());
}

TEST_CASE("nothing moves when shards and slot plan stay") {
  CHECK(!plan_slots(cache(3), cache(3), {}, {}));
  CHECK(!plan_slots(cache(4, 1), cache(4, 1), {}, {}));
}

TEST_CASE("another layout moves nothing: its nodes are others") {
  Cache after = cache(4);
  after.per_shard = true;
  CHECK(!plan_slots(cache(3), after, {}, {}));
}

TEST_CASE("a slot plan moves exactly the slots whose owner changes") {
  Cache after = cache(2);
  after.slot_plan = {{{0, 8190}, 0}, {{8191, 16383}, 1}};
  const auto section = plan_slots(cache(2), after, {}, {});
  REQUIRE(section);
  CHECK(section->moved == 1);
  REQUIRE(section->moves.size() == 1);
  CHECK(to_string(section->moves[0].slots) == "8191");
}

TEST_CASE("the running layout is taken where it is given") {
  const auto nodes = read_cluster_nodes(make_source("nodes", kThreeNodes));
  REQUIRE(nodes);
  CHECK(nodes->at(2).open_slots);
  CHECK(nodes->at(3).primary_id == "aaa");
  const auto section = plan_slots(cache(3), cache(4), *nodes, {});
  REQUIRE(section);
  CHECK(section->moved == 4096);
  CHECK(to_string(section->shards[1].before) == "100-199 5461-10922");
  CHECK(section->basis == "read from CLUSTER NODES");
}

TEST_CASE("what stands in the way of moves is a problem of its own") {
  const auto nodes = read_cluster_nodes(make_source(
      "nodes",
      "aaa 10.0.0.1:6379@16379,cache-0.x master,fail - 0 0 1 disconnected 0-99\n"
      "bbb 10.0.0.2:6379@16379,cache-1.x myself,master - 0 0 2 connected 100-16000 [5->-aaa]\n"));
  REQUIRE(nodes);
  const auto section = plan_slots(cache(2), cache(3), *nodes, {});
  REQUIRE(section);
  REQUIRE(section->problems.size() == 3);
  CHECK(section->problems[0].starts_with("383 slots have no owner"));
  CHECK(section->problems[1].starts_with("10.0.0.1:6379 owns slots and is marked as failed"));
  CHECK(section->problems[2].starts_with("10.0.0.2:6379 has slots on their way"));
  CHECK(plan_slots(cache(2), cache(3), {}, {})->problems.empty());
}

TEST_CASE("nodes without a name are taken in the order of their slots") {
  const auto nodes = read_cluster_nodes(
      make_source("nodes",
                  "b 127.0.0.1:7002@17002 master - 0 0 2 connected 8192-16383\n"
                  "a 127.0.0.1:7001@17001 myself,master - 0 0 1 connected 0-8191\n"));
  REQUIRE(nodes);
  const auto section = plan_slots(cache(2), cache(3), *nodes, {});
  REQUIRE(section);
  CHECK(section->shards[0].name == "127.0.0.1:7001");
  CHECK(section->moved == 5461);
}

TEST_CASE("keys, bytes and the rate limit give an estimate") {
  Options options;
  options.keys = 1'000'000;
  options.bytes = 4'000'000'000;
  Cache after = cache(4);
  after.rate_limit_mbps = 10;
  const auto section = plan_slots(cache(3), after, {}, options);
  REQUIRE(section);
  CHECK(section->estimate.keys == 250'000);
  CHECK(section->estimate.bytes == 1'000'000'000);
  REQUIRE(section->estimate.seconds);
  CHECK(*section->estimate.seconds == Approx(100));
  options.rate_limit_mbps = 0;
  CHECK(*plan_slots(cache(3), after, {}, options)->estimate.seconds < 10);
}

TEST_CASE("a text that is not CLUSTER NODES is refused at its line") {
  const auto bad = read_cluster_nodes(
      make_source("nodes.txt", "a 1.2.3.4:1@2 master - 0 0 1 connected 0-10\nhello\n"));
  REQUIRE(!bad);
  CHECK(format(bad.error().front())
            .starts_with("nodes.txt:2:1: error: this is not a line of CLUSTER NODES"));
  CHECK(!read_cluster_nodes(make_source("x", "")));
  CHECK(!read_cluster_nodes(make_source("x", "a 1.2.3.4:1@2 master - 0 0 1 connected 0-99999\n")));
  const auto twice =
      read_cluster_nodes(make_source("x",
                                     "a 1.2.3.4:1@2 master - 0 0 1 connected 0-10\n"
                                     "b 1.2.3.5:1@2 master - 0 0 1 connected 10-20\n"));
  REQUIRE(!twice);
  CHECK(twice.error().front().message == "another node owns slot 10 too");
}
