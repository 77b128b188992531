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

void require_done(const RunReport& report, const MemoryLog& log) {
  INFO(log.text());
  INFO(report.reason);
  REQUIRE(report.outcome == RunOutcome::kDone);
}

void require_quiet(FakeCluster& cluster,
                   const Desired& desired,
                   PlanCommand command = PlanCommand::kSync) {
  cluster.run_for(std::chrono::seconds(3));
  const int writes = cluster.writes();
  MemoryLog log;
  const RunReport again = run_hook(cluster, desired, {command}, &log);
  require_done(again, log);
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
    require_done(report, log);
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
  require_done(report, log);
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
    require_done(report, log);
    CHECK(cluster.at(3).slots().size() == 4096);
    CHECK(keys(cluster) == 500);
    CHECK(faults_of(cluster, first(4)).empty());
    require_quiet(cluster, desired);
  }
}

TEST_CASE("slots move only to a node that serves its clients, with its node timeout restored") {
  FakeCluster cluster(17);
  for (int i = 0; i < 4; ++i) {
    cluster.add();
  }
  std::vector<SlotSet> owners = even(3);
  cluster.form(owners);
  fill(cluster, 300);
  Desired desired = desired_of(cluster, first(4));
  desired.config.emplace();
  (*desired.config)["cluster-node-timeout"] = "5000";
  FakeTransport transport(cluster);
  transport.keep_log();
  MemoryLog log;
  const RunReport report = run_hook(cluster, transport, desired, {}, &log);
  require_done(report, log);
  const auto position = [&](const std::string& text) {
    const auto& lines = transport.log();
    const auto it = std::find_if(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.find(text) != std::string::npos;
    });
    REQUIRE(it != lines.end());
    return it - lines.begin();
  };
  const auto lowered = position("10.0.0.4 CONFIG SET cluster-node-timeout 503");
  const auto restored = position("10.0.0.4 CONFIG SET cluster-node-timeout 5000");
  CHECK(lowered < restored);
  CHECK(restored < position("10.0.0.4 CLUSTER SETSLOT"));
  CHECK(log.text().find("10.0.0.4:6379") != std::string::npos);
}

TEST_CASE("a hook whose turn is over ends, and one that gets it again looks again") {
  for (const Turn turn : {Turn::kTaken, Turn::kMineAgain}) {
    Scenario s(3, 100);
    s.cluster.add();
    s.desired = desired_of(s.cluster, first(4));
    FakeTransport transport(s.cluster);
    FakeClock clock(s.cluster);
    RunOptions options;
    options.until = clock.now() + std::chrono::seconds(60);
    const int writes = s.cluster.writes();
    int asked = 0;
    options.may_write = [&] { return asked++ == 0 ? turn : Turn::kMine; };
    int looks = 0;
    options.observe = [&](const Snapshot&, const Plan&) { looks += asked == 1 ? 1 : 0; };
    Executor executor(transport, clock, s.log, s.desired, options);
    const RunReport report = executor.run();
    if (turn == Turn::kTaken) {
      CHECK(report.outcome == RunOutcome::kLockLost);
      CHECK(s.cluster.writes() == writes);
    } else {
      CHECK(report.outcome == RunOutcome::kDone);
      CHECK(looks > 0);
    }
  }
}

TEST_CASE("gate empties and forgets a surplus node, which goes on redirecting clients") {
  for (const FakeProduct product : {FakeProduct::kRedis7, FakeProduct::kValkey9}) {
    FakeCluster cluster(13);
    for (int i = 0; i < 4; ++i) {
      cluster.add(product);
    }
    cluster.form(even(4));
    fill(cluster, 300);
    FakeServer& leaving = cluster.at(3);
    const std::string id = leaving.id();
    Desired desired = desired_of(cluster, first(3));
    desired.surplus = {cluster.endpoint(3)};
    MemoryLog log;
    const RunReport report = run_hook(cluster, desired, {PlanCommand::kGate}, &log);
    require_done(report, log);
    CHECK(leaving.slots().empty());
    CHECK(leaving.id() == id);
    CHECK(leaving.state_ok());
    CHECK(keys(cluster) == 300);
    for (int n = 0; n < 20; ++n) {
      bool asking = false;
      CHECK(leaving.execute({"GET", "key:" + std::to_string(n)}, asking).is_error("MOVED"));
    }
    CHECK(faults_of(cluster, first(3)).empty());
    require_quiet(cluster, desired, PlanCommand::kGate);
    require_quiet(cluster, desired, PlanCommand::kSync);
    require_quiet(cluster, desired, PlanCommand::kHeal);
    cluster.run_for(std::chrono::seconds(70));
    if (product == FakeProduct::kValkey9) {
      for (const std::size_t i : first(3)) {
        CHECK(cluster.at(i).rows().size() == 3);
      }
      // With its old node timeout it introduces itself again when the ban is over: sync is there to
      // see that it stays away.
      leaving.config["cluster-node-timeout"] = "1000";
      cluster.run_for(std::chrono::seconds(10));
      REQUIRE(cluster.at(0).rows().size() == 4);
      REQUIRE(run_hook(cluster, desired, {PlanCommand::kSync}).outcome == RunOutcome::kDone);
      CHECK(leaving.rows().size() == 1);
      CHECK(leaving.id() != id);
      cluster.run_for(std::chrono::seconds(70));
    }
    for (const std::size_t i : first(3)) {
      CHECK(cluster.at(i).rows().size() == 3);
    }
    require_quiet(cluster, desired);
  }
}

TEST_CASE("a destination that falls silent is waited for once, not by each source in turn") {
  Scenario s(3);
  s.cluster.add();
  s.cluster.form({even(3)[0], even(3)[1], even(3)[2], {}});
  s.fill(300);
  const auto node = [&](std::size_t i) {
    return MoveNode{s.cluster.endpoint(i), s.cluster.at(i).id(), s.cluster.endpoint(i).host};
  };
  std::vector<Move> moves;
  for (std::size_t i = 0; i < 3; ++i) {
    const int slot = even(3)[i].next(0);
    moves.push_back({node(i), node(3), SlotSet(SlotRange{slot, slot + 99})});
  }
  s.cluster.at(3).paused = true;
  FakeClock clock(s.cluster);
  FakeTransport transport(s.cluster);
  const TimePoint began = clock.now();
  const MoveReport report = move_slots(transport, clock, s.log, moves, {});
  CHECK(clock.now() - began < std::chrono::seconds(90));
  CHECK(report.done.slots_done == 0);
  CHECK_FALSE(report.failures.empty());
  s.cluster.at(3).paused = false;
  s.cluster.run_for(std::chrono::seconds(2));
  s.desired = desired_of(s.cluster, first(4));
  REQUIRE(s.run(PlanCommand::kSync) == RunOutcome::kDone);
  CHECK(s.wrong(4).empty());
}

TEST_CASE("heal with the wish of before does not take back what gate has just removed") {
  for (const FakeProduct product :
       {FakeProduct::kRedis62, FakeProduct::kRedis7, FakeProduct::kValkey9}) {
    Scenario s(0, 0, product);
    for (int i = 0; i < 5; ++i) {
      s.cluster.add(product);
    }
    const Desired before = desired_of(s.cluster, first(5));
    s.desired = before;
    REQUIRE(s.run(PlanCommand::kSync) == RunOutcome::kDone);
    s.fill(40);
    s.desired = desired_of(s.cluster, first(3));
    for (std::size_t i = 3; i < 5; ++i) {
      s.desired.surplus.push_back(before.nodes[i].at);
    }
    const RunOutcome gate = s.run(PlanCommand::kGate);
    INFO(s.log.text());
    REQUIRE(gate == RunOutcome::kDone);
    s.desired = before;
    CHECK(s.run(PlanCommand::kHeal, std::chrono::seconds(20)) == RunOutcome::kDone);
    INFO(s.log.text());
    for (const std::size_t i : first(3)) {
      CHECK(s.cluster.at(i).rows().size() == 3);
    }
    // The change was given up: the nodes belong again.
    CHECK(s.run(PlanCommand::kSync, std::chrono::seconds(120)) == RunOutcome::kDone);
    CHECK(s.wrong(5).empty());
  }
}

TEST_CASE("3 to 5 to 3 to 5 with the nodes.conf of last time works, at once and later") {
  for (const auto& [at_once, product] :
       {std::pair(false, FakeProduct::kRedis7), std::pair(true, FakeProduct::kRedis7),
        std::pair(false, FakeProduct::kValkey9), std::pair(true, FakeProduct::kValkey9)}) {
    FakeCluster cluster(14);
    for (int i = 0; i < 5; ++i) {
      cluster.add(product);
    }
    cluster.form(even(5));
    fill(cluster, 300);
    Desired three = desired_of(cluster, first(3));
    three.surplus = {cluster.endpoint(3), cluster.endpoint(4)};
    MemoryLog log;
    RunReport report = run_hook(cluster, three, {PlanCommand::kGate}, &log);
    require_done(report, log);
    if (!at_once) {
      cluster.at(3).alive = cluster.at(4).alive = false;
      three.surplus.clear();
      require_quiet(cluster, three);
      cluster.run_for(std::chrono::seconds(90));
    }
    for (const std::size_t i : {3U, 4U}) {
      cluster.at(i).restart(cluster.at(i).address(), FakeServer::Disk::kKept);
    }
    const Desired five = desired_of(cluster, first(5));
    report = run_hook(cluster, five, {}, &log);
    require_done(report, log);
    CHECK(cluster.at(4).slots().size() >= 3276);
    CHECK(keys(cluster) == 300);
    CHECK(faults_of(cluster, first(5)).empty());
    require_quiet(cluster, five);
    cluster.run_for(std::chrono::seconds(70));
    require_quiet(cluster, five);
  }
}

TEST_CASE("a node that runs on after gate comes back without a reset, and alone") {
  for (const FakeProduct product : {FakeProduct::kRedis7, FakeProduct::kValkey9}) {
    FakeCluster cluster(16);
    for (int i = 0; i < 5; ++i) {
      cluster.add(product);
    }
    cluster.form(even(5));
    fill(cluster, 300);
    const std::string id = cluster.at(3).id();
    Desired three = desired_of(cluster, first(3));
    three.surplus = {cluster.endpoint(3), cluster.endpoint(4)};
    MemoryLog log;
    RunReport report = run_hook(cluster, three, {PlanCommand::kGate}, &log);
    require_done(report, log);
    // It was decided otherwise before its Pod was deleted; the last one is gone.
    cluster.at(4).alive = false;
    const Desired four = desired_of(cluster, first(4));
    HookRun run;
    run.limit = std::chrono::seconds(90);
    report = run_hook(cluster, four, run, &log);
    require_done(report, log);
    CHECK(cluster.at(3).id() == id);
    CHECK(cluster.at(3).config["cluster-node-timeout"] != "31536000503");
    CHECK(cluster.at(3).slots().size() == 4096);
    CHECK(keys(cluster) == 300);
    CHECK(faults_of(cluster, first(4)).empty());
    for (const std::size_t i : first(4)) {
      CHECK(cluster.at(i).rows().size() == 4);
    }
    require_quiet(cluster, four);
  }
}

TEST_CASE("a forgotten node that holds keys joins when the ban is over, and they go home") {
  for (const char* version : {"7.0.15", "7.2.4"}) {
    FakeCluster cluster(17);
    for (int i = 0; i < 4; ++i) {
      cluster.add().version = version;
    }
    cluster.form(even(4));
    fill(cluster, 300);
    Desired three = desired_of(cluster, first(3));
    three.surplus = {cluster.endpoint(3)};
    MemoryLog log;
    RunReport report = run_hook(cluster, three, {PlanCommand::kGate}, &log);
    require_done(report, log);
    const std::string id = cluster.at(3).id();
    cluster.at(3).restart(cluster.at(3).address(), FakeServer::Disk::kKept);
    cluster.at(3).put(key_slot("late"), "late", "what only this node has");
    HookRun run;
    run.limit = std::chrono::seconds(90);
    report = run_hook(cluster, desired_of(cluster, first(4)), run, &log);
    require_done(report, log);
    CHECK(cluster.at(3).id() == id);
    CHECK(keys(cluster) == 301);
    CHECK(faults_of(cluster, first(4)).empty());
  }
}

TEST_CASE("a gate that died in the middle of its FORGETs is finished by the next one") {
  for (int crash = 1; crash <= 4; ++crash) {
    CAPTURE(crash);
    FakeCluster cluster(15);
    for (int i = 0; i < 5; ++i) {
      cluster.add();
    }
    std::vector<SlotSet> owners = even(3);
    owners.resize(5);
    cluster.form(owners);
    Desired desired = desired_of(cluster, first(3));
    desired.surplus = {cluster.endpoint(3), cluster.endpoint(4)};
    const int before = cluster.writes();
    {
      FakeTransport transport(cluster);
      transport.crash_after_writes(crash);
      CHECK_THROWS_AS(run_hook(cluster, transport, desired, {PlanCommand::kGate}), HookCrashed);
    }
    MemoryLog log;
    const RunReport report = run_hook(cluster, desired, {PlanCommand::kGate}, &log);
    require_done(report, log);
    // Three FORGETs of each, after a mark on each.
    CHECK(cluster.writes() - before == 8);
    for (const std::size_t i : first(3)) {
      CHECK(cluster.at(i).rows().size() == 3);
    }
    require_quiet(cluster, desired, PlanCommand::kGate);
  }
}

TEST_CASE("a replica that everybody has forgotten wins no election") {
  FakeCluster cluster(16);
  for (int i = 0; i < 7; ++i) {
    cluster.add();
  }
  cluster.form(even(3));
  cluster.attach(3, 0);
  cluster.attach(4, 0);
  cluster.attach(5, 1);
  cluster.attach(6, 2);
  cluster.run_for(std::chrono::seconds(1));
  Desired desired = desired_of(cluster, {0, 3, 1, 5, 2, 6}, 1);
  desired.surplus = {cluster.endpoint(4)};
  MemoryLog log;
  const RunReport report = run_hook(cluster, desired, {PlanCommand::kGate}, &log);
  require_done(report, log);
  REQUIRE(cluster.at(4).rows().size() > 1);
  cluster.at(0).alive = false;
  cluster.run_for(std::chrono::seconds(20));
  CHECK(cluster.at(3).is_primary());
  CHECK_FALSE(cluster.at(4).is_primary());
}

}  // namespace autocache::hook
