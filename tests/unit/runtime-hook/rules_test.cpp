// The rules that keep data (design.md 5.1), each by its number.

#include "fakes/scenario.h"
#include "support/catch.h"

#include <functional>

namespace autocache::hook {
namespace {

using std::chrono::seconds;

}  // namespace

TEST_CASE("rule 1: a surplus node that holds keys is not reset before they are at home") {
  Scenario s(3, 100);
  const int slot = key_slot("key:1");
  s.cluster.add();
  const Argv meet{"CLUSTER", "MEET", s.cluster.at(0).address().ip, "6379"};
  s.raw(3, meet);
  s.cluster.run_for(seconds(1));
  s.cluster.at(3).put(slot, "{key:1}stray", "x");
  s.desired.surplus = {s.cluster.endpoint(3)};
  CHECK(s.run(PlanCommand::kGate) == RunOutcome::kDone);
  INFO(s.log.text());
  CHECK(s.wrong(3).empty());
  CHECK(s.cluster.at(0).rows().size() == 3);
  bool found = false;
  for (const std::size_t i : first(3)) {
    const auto keys = s.cluster.at(i).data().find(slot);
    found =
        found || (keys != s.cluster.at(i).data().end() && keys->second.contains("{key:1}stray"));
  }
  CHECK(found);
}

TEST_CASE("rule 2: a stranger in the cluster stops everything") {
  Scenario s(4, 50);
  s.desired = desired_of(s.cluster, first(3));
  const int writes = s.cluster.writes();
  for (const PlanCommand command : {PlanCommand::kSync, PlanCommand::kGate, PlanCommand::kHeal}) {
    CHECK(s.run(command) == RunOutcome::kRefused);
    CHECK(s.refusal() == "stranger");
  }
  CHECK(s.cluster.writes() == writes);
}

TEST_CASE(
    "rule 2: a node that is gone and owned nothing is forgotten though nobody knows its name") {
  Scenario s(3, 50);
  s.cluster.add();
  s.raw(3, {"CLUSTER", "MEET", s.cluster.at(0).address().ip, "6379"});
  s.cluster.run_for(seconds(2));
  REQUIRE(s.cluster.at(2).rows().size() == 4);
  const int writes = s.cluster.writes();
  CHECK(s.run(PlanCommand::kSync) == RunOutcome::kRefused);
  CHECK(s.refusal() == "stranger");
  CHECK(s.cluster.writes() == writes);

  s.cluster.at(3).alive = false;
  CHECK(s.run(PlanCommand::kSync) == RunOutcome::kDone);
  INFO(s.log.text());
  CHECK(s.wrong(3).empty());
  CHECK(s.cluster.at(0).rows().size() == 3);
}

TEST_CASE(
    "rule 2: an owner that is gone and nobody knows by name is one of ours if no Pod is left") {
  for (const Storage storage : {Storage::kNone, Storage::kPersistent}) {
    for (const bool by_name : {true, false}) {
      CAPTURE(storage == Storage::kNone, by_name);
      Scenario s(3, 50);
      s.cluster.add();
      s.desired = desired_of(s.cluster, {0, 1, 3});
      s.desired.storage = storage;
      for (std::size_t node = 0; by_name && node < 3; ++node) {
        DesiredNode& wanted = s.desired.nodes[node];
        wanted.name = "cache-" + std::to_string(node);
        s.cluster.names[wanted.name + ".cache-headless.shop.svc"] = wanted.at.host;
        wanted.at.host = wanted.name + ".cache-headless.shop.svc";
      }
      s.cluster.at(2).alive = false;
      const RunOutcome outcome = s.run(PlanCommand::kSync);
      INFO(s.log.text());
      if (by_name && storage == Storage::kNone) {
        CHECK(outcome == RunOutcome::kDone);
        CHECK(s.cluster.at(3).slots().size() == s.cluster.at(2).slots().size());
      } else {
        CHECK(outcome == RunOutcome::kRefused);
        CHECK(s.refusal() == (by_name ? "data_may_exist" : "surplus_owner_down"));
        CHECK(s.cluster.at(3).slots().empty());
      }
    }
  }
}

TEST_CASE("rule 2: clusters are never merged") {
  Scenario s(3, 50);
  for (int i = 0; i < 2; ++i) {
    s.cluster.add();
  }
  s.raw(3, {"CLUSTER", "MEET", s.cluster.at(4).address().ip, "6379"});
  s.cluster.run_for(seconds(1));
  s.desired = desired_of(s.cluster, first(4));
  const int writes = s.cluster.writes();
  CHECK(s.run(PlanCommand::kSync) == RunOutcome::kRefused);
  CHECK(s.refusal() == "stranger");
  CHECK(s.cluster.writes() == writes);
}

TEST_CASE(
    "rule 2: slots that two unacquainted nodes claim are settled only if one of them holds no "
    "keys") {
  for (const bool both_hold_keys : {false, true}) {
    CAPTURE(both_hold_keys);
    Scenario s(3, 100);
    s.cluster.add();
    s.desired = desired_of(s.cluster, first(4));
    s.raw(3, {"CLUSTER", "ADDSLOTSRANGE", "0", "99"});
    if (both_hold_keys) {
      s.cluster.at(3).put(5, "x", "y");
    }
    const int writes = s.cluster.writes();
    if (both_hold_keys) {
      CHECK(s.run(PlanCommand::kSync) == RunOutcome::kRefused);
      CHECK(s.refusal() == "slot_claimed_twice");
      CHECK(s.cluster.writes() == writes);
    } else {
      CHECK(s.run(PlanCommand::kSync) == RunOutcome::kDone);
      INFO(s.log.text());
      CHECK(s.wrong(4).empty());
    }
  }
}

TEST_CASE("rule 3: no address is a first install only if the Service does not exist either") {
  Scenario s(0);
  s.desired.name = "cache";
  DesiredNode& node = s.desired.nodes.emplace_back();
  node.at.host = "cache-0.cache-headless.shop.svc";
  node.name = "cache-0";
  CHECK(s.run(PlanCommand::kGate, seconds(3)) == RunOutcome::kDone);
  s.cluster.names["cache.shop.svc"] = "10.9.9.9";
  CHECK(s.run(PlanCommand::kGate, seconds(3)) == RunOutcome::kFailed);
}

TEST_CASE("rule 3: a desired node that refuses connections fails the gate") {
  Scenario s(3, 10);
  s.cluster.at(1).alive = false;
  CHECK(s.run(PlanCommand::kGate, seconds(2)) == RunOutcome::kFailed);
}

TEST_CASE("rule 4: heal neither drains nor rebalances nor fills an empty node") {
  Scenario s(4, 80);
  const Desired four = s.desired;
  s.cluster.add();
  s.desired = desired_of(s.cluster, first(5));
  const int writes = s.cluster.writes();
  CHECK(s.run(PlanCommand::kHeal) == RunOutcome::kDone);
  CHECK(s.cluster.writes() == writes);

  // An old heal Job after a drain: the node that was emptied and removed stays out.
  s.desired = desired_of(s.cluster, first(3));
  s.desired.surplus = {s.cluster.endpoint(3)};
  REQUIRE(s.run(PlanCommand::kGate) == RunOutcome::kDone);
  const int after_gate = s.cluster.writes();
  s.desired = four;
  CHECK(s.run(PlanCommand::kHeal) == RunOutcome::kDone);
  CHECK(s.cluster.writes() == after_gate);
  CHECK(s.cluster.at(0).rows().size() == 3);
}

TEST_CASE("rule 4: slots whose data is gone are assigned again only where there is no storage") {
  for (const Storage storage : {Storage::kNone, Storage::kPersistent}) {
    Scenario s(3, 0);
    s.desired.storage = storage;
    s.cluster.at(1).restart(s.cluster.at(1).address(), FakeServer::Disk::kEmpty);
    s.cluster.run_for(seconds(3));
    const RunOutcome outcome = s.run(PlanCommand::kHeal);
    INFO(s.log.text());
    if (storage == Storage::kNone) {
      CHECK(outcome == RunOutcome::kDone);
      CHECK(s.wrong(3).empty());
      for (const std::size_t i : first(3)) {
        CHECK(s.cluster.at(i).rows().size() == 3);
      }
    } else {
      CHECK(outcome == RunOutcome::kRefused);
      CHECK(s.refusal() == "data_may_exist");
      CHECK(s.run(PlanCommand::kHeal, seconds(60), DataLoss::kAccept) == RunOutcome::kDone);
      CHECK(s.wrong(3).empty());
    }
  }
}

TEST_CASE("rule 5: a surplus owner that does not answer is refused") {
  Scenario s(4, 40);
  s.desired = desired_of(s.cluster, first(3));
  s.desired.surplus = {s.cluster.endpoint(3)};
  s.cluster.at(3).alive = false;
  s.cluster.run_for(seconds(3));
  const int writes = s.cluster.writes();
  CHECK(s.run(PlanCommand::kGate, seconds(5)) == RunOutcome::kRefused);
  CHECK(s.refusal() == "surplus_owner_down");
  CHECK(s.cluster.writes() == writes);
}

TEST_CASE("rule 7: data never moves from a newer server to an older one") {
  Scenario s(3, 60);
  s.cluster.add();
  s.cluster.at(3).version = "6.2.14";
  s.desired = desired_of(s.cluster, first(4));
  CHECK(s.run(PlanCommand::kSync, seconds(5)) == RunOutcome::kFailed);
  CHECK(s.report.reason.find("older") != std::string::npos);
  CHECK(s.cluster.at(3).slots().empty());
  s.cluster.at(3).version = "8.0.0";
  CHECK(s.run(PlanCommand::kSync) == RunOutcome::kDone);
  CHECK(s.cluster.at(3).slots().size() == 4096);
}

TEST_CASE("rule 8: a destination must have room") {
  Scenario s(4, 400);
  s.desired = desired_of(s.cluster, first(3));
  s.desired.surplus = {s.cluster.endpoint(3)};
  for (const std::size_t i : first(3)) {
    s.cluster.at(i).max_memory = 1'010'000;
  }
  CHECK(s.run(PlanCommand::kGate) == RunOutcome::kRefused);
  CHECK(s.refusal() == "no_room");
  CHECK(s.report.refusal->seen.find("bytes more than its maxmemory") != std::string::npos);
  CHECK(s.cluster.at(3).slots().size() == 4096);
}

TEST_CASE("rule 9: live configuration is applied as a whole set and read back") {
  Scenario s(3, 10);
  s.desired.config = std::map<std::string, std::string>{{"maxmemory", "100mb"}};
  CHECK(s.run(PlanCommand::kSync) == RunOutcome::kDone);
  for (const std::size_t i : first(3)) {
    CHECK(s.cluster.at(i).config["maxmemory"] == "100mb");
    CHECK(s.cluster.at(i).config["cluster-node-timeout"] == "15000");
  }
  s.desired.config->clear();
  CHECK(s.run(PlanCommand::kSync) == RunOutcome::kDone);
  CHECK(s.cluster.at(0).config["maxmemory"] == "0");
  const int writes = s.cluster.writes();
  CHECK(s.run(PlanCommand::kSync) == RunOutcome::kDone);
  CHECK(s.cluster.writes() == writes);
}

TEST_CASE("rule 9: maxmemory below what is used is refused unless keys may be evicted") {
  Scenario s(3, 10);
  s.desired.config = std::map<std::string, std::string>{{"maxmemory", "1000"}};
  CHECK(s.run(PlanCommand::kSync) == RunOutcome::kRefused);
  CHECK(s.refusal() == "maxmemory_below_use");
  s.desired.on_full = OnFull::kEvict;
  CHECK(s.run(PlanCommand::kSync) == RunOutcome::kDone);
  CHECK(s.cluster.at(0).config["maxmemory"] == "1000");
}

TEST_CASE("a cluster is never created over keys or over assigned slots") {
  Scenario s(0);
  for (int i = 0; i < 3; ++i) {
    s.cluster.add();
  }
  s.desired = desired_of(s.cluster, first(3));
  s.cluster.at(2).put(7, "k", "v");
  CHECK(s.run(PlanCommand::kSync) == RunOutcome::kRefused);
  CHECK(s.refusal() == "not_empty");
  CHECK(s.cluster.writes() == 0);
}

TEST_CASE("the forming node timeout never stays") {
  Scenario s(0);
  for (int i = 0; i < 3; ++i) {
    s.cluster.add();
  }
  s.desired = desired_of(s.cluster, first(3));
  FakeTransport transport(s.cluster);
  transport.crash_after_writes(9);
  CHECK_THROWS_AS(run_hook(s.cluster, transport, s.desired, {}), HookCrashed);
  REQUIRE(s.run(PlanCommand::kSync) == RunOutcome::kDone);
  for (const std::size_t i : first(3)) {
    CHECK(s.cluster.at(i).config["cluster-node-timeout"] != "503");
  }
}

TEST_CASE("a dry run writes nothing and has the steps") {
  Scenario s(3, 10);
  s.cluster.add();
  s.desired = desired_of(s.cluster, first(4));
  const int writes = s.cluster.writes();
  HookRun run;
  run.mode = RunMode::kDryRun;
  const RunReport report = run_hook(s.cluster, s.desired, run);
  CHECK(report.outcome == RunOutcome::kDone);
  CHECK_FALSE(report.plan.steps.empty());
  CHECK(s.cluster.writes() == writes);
}

TEST_CASE("Redis 7.0 hears of a slot's new owner from itself before it is told") {
  for (const FakeProduct product : {FakeProduct::kRedis62, FakeProduct::kRedis7}) {
    Scenario s(2, 40, product);
    s.desired.slot_plan = empty_slot_map();
    for (int slot = 0; slot < kSlotCount; ++slot) {
      (*s.desired.slot_plan)[static_cast<std::size_t>(slot)] = slot < 8100 ? 0 : 1;
    }
    // Nobody hears of anything once the slots are on their way.
    const std::function<void()> cut = [&] {
      s.cluster.lost_bus_messages = s.cluster.at(1).has_open_slots() ? 1 : 0;
      if (s.cluster.lost_bus_messages == 0) {
        s.cluster.after(Duration(100), cut);
      }
    };
    cut();
    const RunOutcome outcome = s.run(PlanCommand::kSync, seconds(3));
    INFO(s.log.text());
    CHECK(s.cluster.at(1).slots().contains(8191));
    const bool waits = product == FakeProduct::kRedis7;
    CHECK(s.cluster.at(0).slots().contains(8191) == waits);
    CHECK((outcome == RunOutcome::kFailed) == waits);
    s.cluster.lost_bus_messages = 0;
    CHECK(s.run(PlanCommand::kSync) == RunOutcome::kDone);
    CHECK(s.cluster.at(0).slots().size() == 8100);
    CHECK(s.wrong(2).empty());
  }
}

}  // namespace autocache::hook
