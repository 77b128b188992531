#include "runtime-hook/executor.h"

#include "fakes/scenario.h"
#include "support/catch.h"

namespace autocache::hook {
namespace {

/// Puts `count` keys where they belong.
void fill(FakeCluster& cluster, int count) {
  for (int i = 0; i < count; ++i) {
    const std::string key = "key:" + std::to_string(i);
    const int slot = key_slot(key);
    for (std::size_t n = 0; n < cluster.size(); ++n) {
      if (cluster.at(n).is_primary() && cluster.at(n).slots().contains(slot)) {
        cluster.at(n).put(slot, key, "value:" + std::to_string(i));
      }
    }
  }
}

std::size_t keys(FakeCluster& cluster) {
  std::size_t sum = 0;
  for (std::size_t n = 0; n < cluster.size(); ++n) {
    sum += cluster.at(n).is_primary() ? cluster.at(n).key_count() : 0;
  }
  return sum;
}

#define REQUIRE_DONE(report, log) \
  INFO((log).text());             \
  INFO((report).reason);          \
  REQUIRE((report).outcome == RunOutcome::kDone)

void require_quiet(FakeCluster& cluster, const Desired& desired) {
  cluster.run_for(std::chrono::seconds(3));
  const int writes = cluster.writes();
  MemoryLog log;
  const RunReport again = run_hook(cluster, desired, {}, &log);
  REQUIRE_DONE(again, log);
  CHECK(cluster.writes() == writes);
}

}  // namespace

TEST_CASE("sync forms a cluster of any size within a second and a second run sends no write") {
  for (const std::size_t count : {1, 2, 3, 6}) {
    CAPTURE(count);
    FakeCluster cluster(count);
    for (std::size_t i = 0; i < count; ++i) {
      cluster.add(count == 2 ? FakeProduct::kRedis62 : FakeProduct::kRedis7);
    }
    const Desired desired = desired_of(cluster, first(count));
    MemoryLog log;
    const TimePoint began = cluster.now();
    const RunReport report = run_hook(cluster, desired, {}, &log);
    REQUIRE_DONE(report, log);
    CHECK(cluster.now() - began < std::chrono::seconds(2));
    CHECK(faults_of(cluster, first(count)).empty());
    require_quiet(cluster, desired);
  }
}

TEST_CASE("sync forms shards of a primary and a replica") {
  FakeCluster cluster(11);
  for (int i = 0; i < 6; ++i) {
    cluster.add();
  }
  const Desired desired = desired_of(cluster, first(6), 1);
  MemoryLog log;
  const RunReport report = run_hook(cluster, desired, {}, &log);
  REQUIRE_DONE(report, log);
  for (const std::size_t primary : {0, 2, 4}) {
    CHECK(cluster.at(primary).is_primary());
    CHECK_FALSE(cluster.at(primary + 1).is_primary());
    CHECK(cluster.at(primary + 1).rows().front().replicates == cluster.at(primary).id());
  }
  CHECK(faults_of(cluster, first(6)).empty());
  require_quiet(cluster, desired);
}

TEST_CASE("sync grows a cluster with the fewest moves and keeps every key") {
  for (const FakeProduct product : {FakeProduct::kRedis7, FakeProduct::kValkey9}) {
    FakeCluster cluster(12);
    for (int i = 0; i < 4; ++i) {
      cluster.add(product);
    }
    cluster.form(even(3));
    fill(cluster, 500);
    const Desired desired = desired_of(cluster, first(4));
    MemoryLog log;
    const RunReport report = run_hook(cluster, desired, {}, &log);
    REQUIRE_DONE(report, log);
    CHECK(cluster.at(3).slots().size() == 4096);
    CHECK(keys(cluster) == 500);
    CHECK(faults_of(cluster, first(4)).empty());
    require_quiet(cluster, desired);
  }
}

TEST_CASE("gate empties and removes a surplus node") {
  FakeCluster cluster(13);
  for (int i = 0; i < 4; ++i) {
    cluster.add();
  }
  cluster.form(even(4));
  fill(cluster, 300);
  const std::string leaving = cluster.at(3).id();
  Desired desired = desired_of(cluster, first(3));
  desired.surplus = {cluster.endpoint(3)};
  MemoryLog log;
  const RunReport report = run_hook(cluster, desired, {PlanCommand::kGate}, &log);
  REQUIRE_DONE(report, log);
  CHECK(cluster.at(3).slots().empty());
  CHECK(cluster.at(3).id() != leaving);
  CHECK(keys(cluster) == 300);
  CHECK(faults_of(cluster, first(3)).empty());
  cluster.run_for(std::chrono::seconds(70));
  for (const std::size_t i : first(3)) {
    CHECK(cluster.at(i).rows().size() == 3);
  }
  require_quiet(cluster, desired);
}

}  // namespace autocache::hook
