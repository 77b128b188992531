// Redis 7.0.13 to 7.2.3 and what they remember of slots that they take over (mark_clearing.h).

#include "fakes/scenario.h"
#include "support/catch.h"

#include <algorithm>

namespace autocache::hook {
namespace {

constexpr const char* kKey = "key:1";

/// Two primaries, or more; the slot of "key:1" shall go from server `from` to server `to`.
struct Marked : Scenario {
  explicit Marked(std::size_t primaries, const char* version = "7.0.15")
      : Scenario(primaries, 60), slot(key_slot(kKey)) {
    desired.slot_plan = even_assignment(static_cast<int>(primaries));
    auto& owner = (*desired.slot_plan)[static_cast<std::size_t>(slot)];
    from = static_cast<std::size_t>(owner);
    to = (from + 1) % primaries;
    owner = static_cast<std::int32_t>(to);
    for (std::size_t i = 0; i < primaries; ++i) {
      cluster.at(i).version = version;
    }
  }

  /// What server `from` said when it owned `slots`.
  [[nodiscard]] FakeMessage old_ping(const SlotSet& slots) {
    const FakeServer& server = cluster.at(from);
    FakeMessage message;
    message.sender = server.id();
    message.from = server.address();
    message.epoch = from + 1;
    message.slots = slots;
    return message;
  }

  int slot;
  std::size_t from = 0;
  std::size_t to = 0;
};

}  // namespace

TEST_CASE("a slot stays where it was moved though its new owner had marked it as unclaimed") {
  for (const std::size_t primaries : {2U, 3U}) {
    Marked s(primaries);
    const SlotSet slots = s.cluster.at(s.from).slots();
    // An older ping, on another connection, after a newer one.
    s.cluster.at(s.to).receive(s.old_ping(slots - SlotSet(SlotRange{s.slot, s.slot})));
    REQUIRE(s.run(PlanCommand::kSync) == RunOutcome::kDone);
    // One from before the move.
    s.cluster.at(s.to).receive(s.old_ping(slots));
    INFO(s.log.text());
    CHECK(s.cluster.at(s.to).slots().contains(s.slot));
    CHECK(s.cluster.at(s.to).dropped_keys() == 0);
    CHECK(s.cluster.at(s.to).config.at("cluster-require-full-coverage") == "yes");
    s.cluster.run_for(std::chrono::milliseconds(500));
    CHECK(s.wrong(primaries).empty());
  }
}

TEST_CASE("a server without the fault is told to forget nothing") {
  for (const char* version : {"7.0.12", "7.0.15", "7.2.3", "7.2.4", "7.4.0"}) {
    Marked s(2, version);
    FakeTransport transport(s.cluster);
    transport.keep_log();
    REQUIRE(run_hook(s.cluster, transport, s.desired, {}, &s.log).outcome == RunOutcome::kDone);
    const bool forgets =
        std::any_of(transport.log().begin(), transport.log().end(), [](const std::string& line) {
          return line.find("EVAL") != std::string::npos || line.find("CONFIG") != std::string::npos;
        });
    INFO(version);
    const std::string text = version;
    CHECK(forgets == (text == "7.0.15" || text == "7.2.3"));
    CHECK(s.wrong(2).empty());
  }
}

TEST_CASE(
    "nothing moves from a source that its destination does not hear, and nothing stays lost") {
  Marked s(2);
  s.cluster.lost_bus_messages = 1;
  CHECK(s.run(PlanCommand::kSync, std::chrono::milliseconds(2500)) == RunOutcome::kFailed);
  FakeServer& destination = s.cluster.at(s.to);
  INFO(s.log.text());
  CHECK(destination.owner_of(s.slot) == s.cluster.at(s.from).id());
  for (int slot = 0; slot < kSlotCount; ++slot) {
    REQUIRE_FALSE(destination.owner_of(slot).empty());
  }
  CHECK_FALSE(destination.has_open_slots());
  CHECK(destination.config.at("cluster-require-full-coverage") == "yes");
  s.cluster.lost_bus_messages = 0;
  CHECK(s.run(PlanCommand::kSync) == RunOutcome::kDone);
  CHECK(s.wrong(2).empty());
}

TEST_CASE("a move goes on though all slots of its source are on their way with keys") {
  Scenario s(0);
  const int slot = key_slot(kKey);
  const SlotSet last(SlotRange{slot, slot});
  s.cluster.add();
  s.cluster.add();
  s.cluster.form({SlotSet::all() - last, last});
  s.desired = desired_of(s.cluster, first(1));
  s.desired.surplus = {s.cluster.endpoint(1)};
  s.raw(1, {"SET", kKey, "v"});
  s.cluster.at(0).put(slot, kKey, "stale");
  s.raw(0, {"CLUSTER", "SETSLOT", std::to_string(slot), "IMPORTING", s.cluster.at(1).id()});
  s.raw(1, {"CLUSTER", "SETSLOT", std::to_string(slot), "MIGRATING", s.cluster.at(0).id()});
  HookRun run;
  run.command = PlanCommand::kGate;
  run.census = last;
  const RunReport report = run_hook(s.cluster, s.desired, run, &s.log);
  INFO(s.log.text());
  INFO(report.reason);
  CHECK(report.outcome == RunOutcome::kDone);
  CHECK(s.cluster.at(0).slots() == SlotSet::all());
  CHECK(s.cluster.at(0).data().at(slot).at(kKey) == "v");
}

}  // namespace autocache::hook
