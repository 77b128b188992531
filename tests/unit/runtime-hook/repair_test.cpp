// Half states and how heal leaves them (reference/redis.md 3.5 and test group 4 of 4.3).

#include "fakes/scenario.h"
#include "support/catch.h"

namespace autocache::hook {
namespace {

using std::chrono::seconds;

constexpr const char* kKey = "key:1";

/// A cluster of three with 60 keys in which the slot of "key:1" is about to be damaged: A owns it,
/// B is another, C a third.
struct Damaged : Scenario {
  explicit Damaged(FakeProduct product = FakeProduct::kRedis7)
      : Scenario(3, 60, product), slot(key_slot(kKey)) {
    for (std::size_t i = 0; i < 3; ++i) {
      if (cluster.at(i).slots().contains(slot)) {
        a = i;
        b = (i + 1) % 3;
        c = (i + 2) % 3;
      }
    }
  }

  Reply setslot(std::size_t at, const char* what, int node) {
    Argv argv{"CLUSTER", "SETSLOT", std::to_string(slot), what};
    if (node >= 0) {
      argv.push_back(cluster.at(static_cast<std::size_t>(node)).id());
    }
    return raw(at, argv);
  }
  Reply setslot(std::size_t at, const char* what, std::size_t node) {
    return setslot(at, what, static_cast<int>(node));
  }

  Reply migrate() {
    return raw(a, {"MIGRATE", cluster.at(b).address().ip, "6379", "", "0", "1000", "REPLACE",
                   "KEYS", kKey});
  }

  void require_healed() {
    cluster.run_for(std::chrono::milliseconds(100));
    const RunOutcome outcome = run(PlanCommand::kHeal, seconds(20));
    INFO(log.text());
    INFO(report.reason);
    REQUIRE(outcome == RunOutcome::kDone);
    CHECK(wrong(3).empty());
    const int writes = cluster.writes();
    CHECK(run(PlanCommand::kHeal, seconds(5)) == RunOutcome::kDone);
    CHECK(cluster.writes() == writes);
  }

  int slot;
  std::size_t a = 0;
  std::size_t b = 0;
  std::size_t c = 0;
};

/// Three primaries with 30 keys, 0 to 2, each with a replica, 3 to 5.
struct Replicated : Scenario {
  Replicated() : Scenario(3, 30) {
    for (int i = 0; i < 3; ++i) {
      cluster.add();
    }
    desired = desired_of(cluster, {0, 3, 1, 4, 2, 5}, 1);
    REQUIRE(run(PlanCommand::kSync) == RunOutcome::kDone);
    cluster.run_for(seconds(1));
  }
};

}  // namespace

TEST_CASE("K1: importing at the destination only is closed") {
  Damaged d;
  d.setslot(d.b, "IMPORTING", d.a);
  d.require_healed();
}

TEST_CASE("K2 and K3: open on both sides is finished forward") {
  Damaged d;
  d.setslot(d.b, "IMPORTING", d.a);
  d.setslot(d.a, "MIGRATING", d.b);
  d.require_healed();
  CHECK(d.cluster.at(d.b).slots().contains(d.slot));
}

TEST_CASE("K4: all keys moved, no owner changed, is finished forward") {
  Damaged d;
  d.setslot(d.b, "IMPORTING", d.a);
  d.setslot(d.a, "MIGRATING", d.b);
  REQUIRE(d.migrate().is_ok());
  d.require_healed();
  CHECK(d.cluster.at(d.b).slots().contains(d.slot));
}

TEST_CASE("an interrupted move to a surplus node loses to no stale copy elsewhere") {
  Damaged d;
  d.cluster.add();
  const FakeAddress at = d.cluster.at(3).address();
  d.raw(0, {"CLUSTER", "MEET", at.ip, std::to_string(at.port)});
  d.cluster.run_for(seconds(1));
  d.desired.surplus = {d.cluster.endpoint(3)};
  REQUIRE(d.setslot(3, "IMPORTING", d.a).text == "OK");
  REQUIRE(d.setslot(d.a, "MIGRATING", 3).text == "OK");
  REQUIRE(d.raw(d.a, {"MIGRATE", at.ip, "6379", "", "0", "1000", "REPLACE", "KEYS", kKey}).text ==
          "OK");
  d.cluster.at(d.b).put(d.slot, kKey, "stale");
  const RunOutcome outcome = d.run(PlanCommand::kGate, seconds(20));
  INFO(d.log.text());
  REQUIRE(outcome == RunOutcome::kDone);
  CHECK(d.wrong(3).empty());
}

TEST_CASE("K5 and K6: the destination was told, with or without the source") {
  for (const bool source_told : {false, true}) {
    Damaged d;
    d.setslot(d.b, "IMPORTING", d.a);
    d.setslot(d.a, "MIGRATING", d.b);
    REQUIRE(d.migrate().is_ok());
    d.setslot(d.b, "NODE", d.b);
    if (source_told) {
      d.setslot(d.a, "NODE", d.b);
    }
    d.require_healed();
    CHECK(d.cluster.at(d.b).slots().contains(d.slot));
  }
}

TEST_CASE("Redis 6.2: no move is finished while a node may have missed another") {
  Damaged d(FakeProduct::kRedis62);
  // C is cut off from B, and misses that the slot of "key:1" goes from A to B.
  d.cluster.cut_from_hooks = {d.c};
  d.cluster.cut_links = {FakeCluster::link(d.b, d.c)};
  d.setslot(d.b, "IMPORTING", d.a);
  d.setslot(d.a, "MIGRATING", d.b);
  REQUIRE(d.migrate().is_ok());
  d.setslot(d.b, "NODE", d.b);
  d.setslot(d.a, "NODE", d.b);
  d.cluster.run_for(seconds(1));
  const int moved = std::exchange(d.slot, d.cluster.at(d.b).slots().next(d.slot + 1));
  d.setslot(d.a, "IMPORTING", d.b);
  d.setslot(d.b, "MIGRATING", d.a);
  d.cluster.cut_links.insert(FakeCluster::link(d.a, d.b));
  CHECK(d.run(PlanCommand::kHeal, seconds(20)) == RunOutcome::kFailed);
  INFO(d.report.reason);
  CHECK(d.report.reason.find("may have missed that a slot has moved") != std::string::npos);
  // Had A raised its epoch, C would now tell B that the slot of "key:1" is A's.
  d.cluster.cut_links = {FakeCluster::link(d.a, d.b)};
  d.cluster.run_for(seconds(1));
  CHECK(d.cluster.at(d.b).slots().contains(moved));
  d.cluster.cut_from_hooks.clear();
  d.cluster.cut_links.clear();
  d.require_healed();
  CHECK(d.cluster.at(d.b).slots().contains(moved));
  CHECK(d.cluster.at(d.a).slots().contains(d.slot));
}

TEST_CASE("P1: the source told first and the destination never leaves a slot without an owner") {
  Damaged d;
  d.setslot(d.b, "IMPORTING", d.a);
  d.setslot(d.a, "MIGRATING", d.b);
  REQUIRE(d.migrate().is_ok());
  d.setslot(d.a, "NODE", d.b);
  d.setslot(d.b, "STABLE", -1);
  d.require_healed();
  CHECK(d.cluster.at(d.b).slots().contains(d.slot));
}

TEST_CASE("P2 and P3: a stale flag on one side is closed") {
  Damaged d;
  d.setslot(d.c, "IMPORTING", d.a);
  d.require_healed();
  Damaged e;
  e.setslot(e.a, "MIGRATING", e.b);
  e.require_healed();
}

// The model found it (seed 2001808): a hook that dies while it clears marks leaves a slot whose
// owner alone knows that it is the owner (mark_clearing.h).
TEST_CASE("a slot that nobody claims is assigned only if nobody is silent that may own it") {
  for (const bool surplus : {false, true}) {
    Damaged d;
    if (surplus) {
      d.desired.nodes.erase(d.desired.nodes.begin() + static_cast<std::ptrdiff_t>(d.a));
      d.desired.surplus = {d.cluster.endpoint(d.a)};
    }
    const std::vector<int> unknown =
        surplus ? d.cluster.at(d.a).slots().slots() : std::vector<int>{d.slot};
    d.cluster.at(d.a).paused = true;
    for (const int slot : unknown) {
      REQUIRE(d.raw(d.b, {"CLUSTER", "DELSLOTS", std::to_string(slot)}).is_ok());
      REQUIRE(d.raw(d.c, {"CLUSTER", "DELSLOTS", std::to_string(slot)}).is_ok());
    }
    for (const PlanCommand command : {PlanCommand::kHeal, PlanCommand::kSync}) {
      CHECK(d.run(command, seconds(8)) == (surplus ? RunOutcome::kRefused : RunOutcome::kFailed));
      CHECK(d.report.reason.find("may be the owner") != std::string::npos);
    }
    CHECK_FALSE(d.cluster.at(d.b).slots().contains(d.slot));
    CHECK_FALSE(d.cluster.at(d.c).slots().contains(d.slot));
    d.cluster.at(d.a).paused = false;
    d.cluster.run_for(seconds(3));
    CHECK(d.run(PlanCommand::kHeal, seconds(20)) == RunOutcome::kDone);
    CHECK(d.wrong(3).empty());
  }
}

TEST_CASE("P4: two importers and half the keys") {
  Damaged d;
  d.setslot(d.b, "IMPORTING", d.a);
  d.setslot(d.c, "IMPORTING", d.a);
  d.setslot(d.a, "MIGRATING", d.b);
  REQUIRE(d.migrate().is_ok());
  d.require_healed();
}

TEST_CASE("P5: keys on a node that does not own their slot are brought home") {
  Damaged d;
  d.setslot(d.b, "IMPORTING", d.a);
  d.setslot(d.a, "MIGRATING", d.b);
  REQUIRE(d.migrate().is_ok());
  d.setslot(d.b, "STABLE", -1);
  d.setslot(d.a, "STABLE", -1);
  d.require_healed();
  CHECK(d.cluster.at(d.a).slots().contains(d.slot));
}

TEST_CASE("a move that was begun towards a surplus node is finished, never closed half-way") {
  // Closed, the keys that have left would be hidden, and clients would begin a second version.
  Damaged d;
  d.desired.nodes.erase(d.desired.nodes.begin() + static_cast<std::ptrdiff_t>(d.b));
  d.desired.surplus = {d.cluster.endpoint(d.b)};
  d.setslot(d.b, "IMPORTING", d.a);
  d.setslot(d.a, "MIGRATING", d.b);
  REQUIRE(d.migrate().is_ok());
  d.cluster.at(d.c).put(d.slot, kKey, "older");
  d.setslot(d.c, "IMPORTING", d.a);
  CHECK(d.run(PlanCommand::kHeal, seconds(20)) == RunOutcome::kDone);
  INFO(d.log.text());
  CHECK(d.wrong(3).empty());
  CHECK(d.cluster.at(d.b).slots().contains(d.slot));
  CHECK(d.run(PlanCommand::kGate, seconds(60)) == RunOutcome::kDone);
  CHECK(d.cluster.at(d.b).key_count() == 0);
}

TEST_CASE("a slot half-way to a node that does not answer stays open until it is back") {
  for (const bool surplus : {false, true}) {
    Damaged d;
    d.setslot(d.b, "IMPORTING", d.a);
    d.setslot(d.a, "MIGRATING", d.b);
    REQUIRE(d.migrate().is_ok());
    if (surplus) {
      d.desired.nodes.erase(d.desired.nodes.begin() + static_cast<std::ptrdiff_t>(d.b));
      d.desired.surplus = {d.cluster.endpoint(d.b)};
    }
    d.cluster.at(d.b).paused = true;
    CHECK(d.run(PlanCommand::kHeal, seconds(3)) ==
          (surplus ? RunOutcome::kRefused : RunOutcome::kFailed));
    CHECK(d.cluster.at(d.a).has_open_slots());
    d.cluster.at(d.b).paused = false;
    d.cluster.run_for(seconds(3));
    CHECK(d.run(PlanCommand::kHeal, seconds(20)) == RunOutcome::kDone);
    INFO(d.log.text());
    CHECK(d.wrong(3).empty());
  }
}

TEST_CASE("a source that has not heard that it lost a slot keeps its flag until it hears") {
  // Without the flag it would take writes for the slot and drop them with the next message.
  Damaged d;
  d.setslot(d.b, "IMPORTING", d.a);
  d.setslot(d.a, "MIGRATING", d.b);
  REQUIRE(d.migrate().is_ok());
  for (const std::size_t other : {d.b, d.c}) {
    d.cluster.cut_links.insert(FakeCluster::link(d.a, other));
  }
  d.setslot(d.b, "NODE", d.b);
  CHECK(d.run(PlanCommand::kHeal, std::chrono::milliseconds(900)) == RunOutcome::kFailed);
  CHECK(d.cluster.at(d.a).has_open_slots());
  d.cluster.cut_links.clear();
  d.cluster.run_for(seconds(2));
  d.require_healed();
}

TEST_CASE("P7: of two values of one key the owner's stays") {
  Damaged d;
  d.cluster.at(d.b).put(d.slot, kKey, "stale");
  d.require_healed();
}

TEST_CASE("migrating to a node that was forgotten is closed") {
  Damaged d;
  d.setslot(d.a, "MIGRATING", d.b);
  d.cluster.add();
  d.raw(3, {"CLUSTER", "MEET", d.cluster.at(0).address().ip, "6379"});
  d.cluster.run_for(seconds(1));
  d.raw(d.a, {"CLUSTER", "SETSLOT", std::to_string(d.slot), "MIGRATING", d.cluster.at(3).id()});
  for (const std::size_t i : first(3)) {
    d.raw(i, {"CLUSTER", "FORGET", d.cluster.at(3).id()});
  }
  d.cluster.at(3).alive = false;
  d.require_healed();
}

TEST_CASE("all addresses changed at once are introduced again, with the same IDs") {
  Scenario s(3, 40);
  std::vector<std::string> ids;
  for (const std::size_t i : first(3)) {
    ids.push_back(s.cluster.at(i).id());
    s.cluster.at(i).restart({"10.1.0." + std::to_string(i + 1), 6379}, FakeServer::Disk::kKept);
  }
  s.cluster.run_for(seconds(5));
  s.desired = desired_of(s.cluster, first(3));
  REQUIRE(s.run(PlanCommand::kHeal, seconds(20)) == RunOutcome::kDone);
  CHECK(s.wrong(3).empty());
  for (const std::size_t i : first(3)) {
    CHECK(s.cluster.at(i).id() == ids[i]);
    CHECK(s.cluster.at(i).rows().size() == 3);
  }
}

TEST_CASE("addresses that have changed are seen although the servers still try the old ones") {
  Scenario s(3, 40);
  s.cluster.addresses_are_silent = true;
  for (const std::size_t i : first(3)) {
    s.cluster.at(i).restart({"10.1.0." + std::to_string(i + 1), 6379}, FakeServer::Disk::kKept);
  }
  // Each says cluster_state:ok and that it is connected, until a node timeout has passed.
  s.cluster.run_for(seconds(2));
  s.desired = desired_of(s.cluster, first(3));
  REQUIRE(s.run(PlanCommand::kHeal, seconds(5)) == RunOutcome::kDone);
  s.cluster.run_for(seconds(30));
  CHECK(s.wrong(3).empty());
}

/// Three shards of two; the first primary has a new address, and its replica has heard of it from
/// the others only.
struct LostLink : Scenario {
  explicit LostLink(FakeProduct product) : Scenario(0, 0, product) {
    for (int i = 0; i < 6; ++i) {
      cluster.add(product);
    }
    desired = desired_of(cluster, first(6), 1);
    REQUIRE(run(PlanCommand::kSync) == RunOutcome::kDone);
    fill(60);
    for (const auto& [slot, keys] : cluster.at(0).data()) {
      for (const auto& [key, value] : keys) {
        cluster.at(1).put(slot, key, value);
      }
    }
    cluster.cut_links.insert({0, 1});
    cluster.at(0).restart({"10.1.0.1", 6379}, FakeServer::Disk::kKept);
    cluster.run_for(seconds(40));
    cluster.cut_links.clear();
    cluster.run_for(seconds(5));
    desired = desired_of(cluster, first(6), 1);
    REQUIRE(cluster.at(1).rows().front().replicates == cluster.at(0).id());
  }
  bool link_is_up() {
    return raw(1, {"INFO"}).text.find("master_link_status:up") != std::string::npos;
  }
};

TEST_CASE("a replica that looks for its primary at an old address is led to the new one") {
  LostLink s(FakeProduct::kRedis7);
  REQUIRE_FALSE(s.link_is_up());
  REQUIRE(s.run(PlanCommand::kHeal, seconds(20)) == RunOutcome::kDone);
  CHECK(s.link_is_up());
  CHECK(s.log.text().find("looks for its primary") != std::string::npos);
  CHECK(s.wrong(6).empty());

  LostLink valkey(FakeProduct::kValkey9);
  CHECK(valkey.link_is_up());
}

TEST_CASE("a replica is not led to a primary that has lost its keys") {
  LostLink s(FakeProduct::kRedis7);
  REQUIRE_FALSE(s.link_is_up());
  s.cluster.at(0).lose_keys();
  CHECK(s.run(PlanCommand::kHeal, seconds(20)) == RunOutcome::kRefused);
  CHECK(s.refusal() == "empty_primary");
  CHECK(s.cluster.at(1).key_count() > 0);
}

TEST_CASE("a stuck failover is taken over by the replica") {
  Scenario s(1, 20);
  s.cluster.add();
  s.desired = desired_of(s.cluster, first(2), 1);
  REQUIRE(s.run(PlanCommand::kSync) == RunOutcome::kDone);
  s.cluster.run_for(seconds(1));
  s.cluster.at(0).alive = false;
  s.cluster.run_for(seconds(5));
  CHECK_FALSE(s.cluster.at(1).is_primary());
  CHECK(s.run(PlanCommand::kHeal, seconds(10)) == RunOutcome::kFailed);
  INFO(s.log.text());
  CHECK(s.cluster.at(1).is_primary());
  CHECK(s.cluster.at(1).slots().size() == kSlotCount);
  s.cluster.at(0).restart(s.cluster.at(0).address(), FakeServer::Disk::kKept);
  REQUIRE(s.run(PlanCommand::kHeal) == RunOutcome::kDone);
  CHECK_FALSE(s.cluster.at(0).is_primary());
  CHECK(s.wrong(2).empty());
}

TEST_CASE("a replica that lacks its primary's data does not take over while that may come back") {
  // It has never had the data, or it was cut off long before the primary was.
  for (const bool never : {true, false}) {
    Scenario s(1, 20);
    s.cluster.add();
    s.desired = desired_of(s.cluster, first(2), 1);
    if (never) {
      s.raw(0, {"CLUSTER", "MEET", s.cluster.at(1).address().ip, "6379", "16379"});
      s.cluster.run_for(seconds(1));
      s.cluster.at(0).alive = false;
      s.raw(1, {"CLUSTER", "REPLICATE", s.cluster.at(0).id()});
    } else {
      REQUIRE(s.run(PlanCommand::kSync) == RunOutcome::kDone);
      s.cluster.run_for(seconds(1));
      s.cluster.at(1).cut_link();
      s.cluster.run_for(seconds(600));
      s.cluster.at(0).alive = false;
    }
    s.cluster.run_for(seconds(5));
    CHECK(s.run(PlanCommand::kHeal, seconds(60)) == RunOutcome::kFailed);
    INFO(s.report.reason);
    CHECK(s.report.reason.find(never ? "has never had its data" : "had been without it for") !=
          std::string::npos);
    CHECK_FALSE(s.cluster.at(1).is_primary());
    // A person may decide otherwise.
    s.run(PlanCommand::kHeal, seconds(60), DataLoss::kAccept);
    CHECK(s.cluster.at(1).is_primary());
  }
}

TEST_CASE("a primary that only its replica and the hook have lost sight of is not replaced") {
  Replicated s;
  s.cluster.cut_from_hooks = {0};
  s.cluster.cut_links = {{0, 3}};
  s.cluster.run_for(seconds(5));
  CHECK(s.run(PlanCommand::kHeal, seconds(60)) == RunOutcome::kFailed);
  INFO(s.log.text());
  CHECK(s.report.reason.find("another node hears from it") != std::string::npos);
  CHECK(s.cluster.at(0).is_primary());
  CHECK_FALSE(s.cluster.at(3).is_primary());
  s.cluster.cut_from_hooks.clear();
  s.cluster.cut_links.clear();
  CHECK(s.run(PlanCommand::kHeal, seconds(20)) == RunOutcome::kDone);
}

TEST_CASE("primaries are not replaced where most nodes are out of sight: the network may be cut") {
  for (const bool most : {true, false}) {
    Replicated s;
    const std::set<std::size_t> there =
        most ? std::set<std::size_t>{1, 2, 3, 5} : std::set<std::size_t>{1, 2};
    s.cluster.cut_from_hooks = there;
    for (const std::size_t hidden : there) {
      for (std::size_t seen = 0; seen < 6; ++seen) {
        if (!there.contains(seen)) {
          s.cluster.cut_links.insert(FakeCluster::link(seen, hidden));
        }
      }
    }
    s.cluster.run_for(seconds(5));
    CHECK(s.run(PlanCommand::kHeal, seconds(60)) == RunOutcome::kFailed);
    INFO(s.log.text());
    const bool told = s.report.reason.find("the network may be cut") != std::string::npos;
    CHECK(told == most);
    // A machine that held two of three primaries is lost more often than it is cut off.
    CHECK(s.cluster.at(4).is_primary() == !most);
    if (most) {
      s.cluster.cut_from_hooks.clear();
      s.cluster.cut_links.clear();
      CHECK(s.run(PlanCommand::kHeal, seconds(20)) == RunOutcome::kDone);
      CHECK(s.cluster.at(1).is_primary());
      // Where nobody listens there is no network to blame.
      for (const std::size_t i : there) {
        s.cluster.at(i).alive = false;
      }
      s.run(PlanCommand::kHeal, seconds(60));
      CHECK(s.cluster.at(4).is_primary());
    }
  }
}

TEST_CASE("a node that came back empty becomes the replica again") {
  Scenario s(1, 20);
  s.cluster.add();
  s.desired = desired_of(s.cluster, first(2), 1);
  REQUIRE(s.run(PlanCommand::kSync) == RunOutcome::kDone);
  s.cluster.at(1).restart(s.cluster.at(1).address(), FakeServer::Disk::kEmpty);
  s.cluster.run_for(seconds(3));
  REQUIRE(s.run(PlanCommand::kHeal) == RunOutcome::kDone);
  INFO(s.log.text());
  CHECK(s.cluster.at(1).rows().front().replicates == s.cluster.at(0).id());
  CHECK(s.cluster.at(0).rows().size() == 2);
  CHECK(s.wrong(2).empty());
}

TEST_CASE("a primary that came back empty without storage is replaced by its replica") {
  Scenario s(0);
  for (int i = 0; i < 6; ++i) {
    s.cluster.add();
  }
  s.desired = desired_of(s.cluster, first(6), 1);
  s.desired.storage = Storage::kNone;
  REQUIRE(s.run(PlanCommand::kSync) == RunOutcome::kDone);
  s.fill(60);
  // The replicas have everything the primaries have.
  for (const std::size_t primary : {0, 2, 4}) {
    for (const auto& [slot, keys] : s.cluster.at(primary).data()) {
      for (const auto& [key, value] : keys) {
        s.cluster.at(primary + 1).put(slot, key, value);
      }
    }
  }
  s.cluster.at(2).restart(s.cluster.at(2).address(), FakeServer::Disk::kEmpty);
  REQUIRE(s.run(PlanCommand::kHeal, seconds(30)) == RunOutcome::kDone);
  INFO(s.log.text());
  CHECK(s.cluster.at(3).is_primary());
  CHECK(s.cluster.at(2).rows().front().replicates == s.cluster.at(3).id());
  CHECK(s.wrong(6).empty());
}

TEST_CASE("shards of a single StatefulSet spread over hosts and zones") {
  Scenario s(0);
  for (int i = 0; i < 6; ++i) {
    s.cluster.add();
  }
  s.desired = desired_of(s.cluster, first(6), 1);
  s.desired.placed = true;
  const std::vector<Placement> places{{"n1", "z1"}, {"n1", "z1"}, {"n2", "z2"},
                                      {"n2", "z2"}, {"n3", "z3"}, {"n3", "z3"}};
  for (const std::size_t i : first(6)) {
    s.desired.nodes[i].placement = places[i];
  }
  REQUIRE(s.run(PlanCommand::kSync) == RunOutcome::kDone);
  std::vector<std::string> zones;
  for (const std::size_t i : first(6)) {
    if (s.cluster.at(i).is_primary()) {
      zones.push_back(places[i].zone);
      continue;
    }
    for (const std::size_t j : first(6)) {
      if (s.cluster.at(j).id() == s.cluster.at(i).rows().front().replicates) {
        CHECK(places[i].zone != places[j].zone);
      }
    }
  }
  CHECK(zones == std::vector<std::string>{"z1", "z2", "z3"});
  s.cluster.run_for(seconds(2));
  const int writes = s.cluster.writes();
  CHECK(s.run(PlanCommand::kSync) == RunOutcome::kDone);
  CHECK(s.cluster.writes() == writes);
}

TEST_CASE("gate removes a shard with its replica and re-points nobody else") {
  Scenario s(0);
  for (int i = 0; i < 8; ++i) {
    s.cluster.add();
  }
  s.desired = desired_of(s.cluster, first(8), 1);
  REQUIRE(s.run(PlanCommand::kSync) == RunOutcome::kDone);
  s.desired = desired_of(s.cluster, first(6), 1);
  s.desired.surplus = {s.cluster.endpoint(6), s.cluster.endpoint(7)};
  const RunOutcome outcome = s.run(PlanCommand::kGate);
  INFO(s.log.text());
  REQUIRE(outcome == RunOutcome::kDone);
  CHECK(s.wrong(6).empty());
  for (const std::size_t i : first(6)) {
    CHECK(s.cluster.at(i).rows().size() == 6);
  }
}

TEST_CASE("a surplus node that leads a wanted shard hands over to its replica") {
  Scenario s(0);
  for (int i = 0; i < 3; ++i) {
    s.cluster.add();
  }
  s.desired = desired_of(s.cluster, first(3), 2);
  REQUIRE(s.run(PlanCommand::kSync) == RunOutcome::kDone);
  s.cluster.run_for(seconds(1));
  REQUIRE(s.raw(2, {"CLUSTER", "FAILOVER"}).is_ok());
  s.cluster.run_for(seconds(1));
  s.desired = desired_of(s.cluster, first(2), 1);
  s.desired.surplus = {s.cluster.endpoint(2)};
  const RunOutcome outcome = s.run(PlanCommand::kGate);
  INFO(s.log.text());
  REQUIRE(outcome == RunOutcome::kDone);
  REQUIRE(s.run(PlanCommand::kSync) == RunOutcome::kDone);
  CHECK(s.wrong(2).empty());
  CHECK(s.cluster.at(0).rows().size() == 2);
}

}  // namespace autocache::hook
