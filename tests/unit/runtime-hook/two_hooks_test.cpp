// Two hooks at once, without the lock: one is held up after each of its commands in turn while the
// other one does all its work. What the first one has learnt before is untrue by then.

#include "fakes/scenario.h"
#include "support/catch.h"

namespace autocache::hook {
namespace {

constexpr int kKeys = 6;
constexpr const char* kKey = "key:1";

/// Servers of which the first two own half of the slots each, unless a test changes `owners`.
struct Pair : Scenario {
  explicit Pair(std::size_t servers) : Scenario(0), slot(key_slot(kKey)) {
    owners = even(2);
    owners.resize(servers);
    for (std::size_t i = 0; i < servers; ++i) {
      cluster.add();
    }
    desired = desired_of(cluster, first(2));
    desired.slot_plan = even_assignment(2);
  }

  /// Makes the cluster, with its keys.
  void form() {
    cluster.form(owners);
    fill(kKeys);
  }

  /// A hook that a second one overtakes after `n` commands; false if it was through before.
  bool run_held_up(PlanCommand command, int n) {
    HookRun options;
    options.command = command;
    options.census = SlotSet();
    for (int i = 0; i < kKeys; ++i) {
      options.census.insert(key_slot("key:" + std::to_string(i)));
    }
    bool held_up = false;
    FakeTransport transport(cluster);
    transport.interrupt_after(n, [&] {
      held_up = true;
      CHECK(run_hook(cluster, desired, options, &log).outcome == RunOutcome::kDone);
    });
    CHECK(run_hook(cluster, transport, desired, options, &log).outcome == RunOutcome::kDone);
    return held_up;
  }

  Reply setslot(std::size_t at, const char* what, std::size_t node) {
    return raw(at, {"CLUSTER", "SETSLOT", std::to_string(slot), what, cluster.at(node).id()});
  }

  /// Looks every millisecond from now on whether both servers claim the slot for longer than a
  /// message from one to the other takes, while its home holds keys.
  void watch() {
    const auto keys = cluster.at(home).data().find(slot);
    const bool holds = keys != cluster.at(home).data().end() && !keys->second.empty();
    const bool both = cluster.at(0).slots().contains(slot) && cluster.at(1).slots().contains(slot);
    looks_with_two_owners = holds && both ? looks_with_two_owners + 1 : 0;
    contested = contested || looks_with_two_owners > 5;
    cluster.after(std::chrono::milliseconds(1), [this] { watch(); });
  }

  std::vector<SlotSet> owners;
  int looks_with_two_owners = 0;
  bool contested = false;
  int slot;
  /// The server that the plan wants the slot at.
  std::size_t home = 0;
};

}  // namespace

TEST_CASE("a hook that was held up does not end a move that another one has taken back") {
  bool held_up = true;
  for (int n = 1; held_up; ++n) {
    Pair s(2);
    const std::size_t home = s.home;
    const std::size_t other = 1 - home;
    s.form();
    s.setslot(other, "IMPORTING", home);
    s.setslot(home, "MIGRATING", other);
    s.raw(home, {"MIGRATE", s.cluster.at(other).address().ip, "6379", "", "0", "1000", "REPLACE",
                 "KEYS", kKey});
    s.watch();
    held_up = s.run_held_up(PlanCommand::kSync, n);
    s.cluster.run_for(std::chrono::seconds(2));
    INFO("held up after " << n << " commands\n" << s.log.text());
    REQUIRE(s.wrong(2).empty());
    REQUIRE_FALSE(s.contested);
  }
}

TEST_CASE("a hook that was held up deletes no key whose slot has moved to where it deletes") {
  bool held_up = true;
  for (int n = 1; held_up; ++n) {
    Pair s(3);
    // The surplus server owns the slot, and its home has a second copy of the key.
    s.owners[s.home].erase(s.slot);
    s.owners[2].insert(s.slot);
    s.desired.surplus = {s.cluster.endpoint(2)};
    s.form();
    s.setslot(s.home, "IMPORTING", 2);
    s.cluster.at(s.home).put(s.slot, kKey, "value:1");
    held_up = s.run_held_up(PlanCommand::kGate, n);
    INFO("held up after " << n << " commands\n" << s.log.text());
    REQUIRE(s.wrong(2).empty());
  }
}

}  // namespace autocache::hook
