#include "model/schedule.h"

#include <algorithm>
#include <array>
#include <optional>

namespace autocache::hook {
namespace {

using std::chrono::milliseconds;

/// Keys live, and slots move, only in the first slots: censuses look at these alone, which makes a
/// schedule cheap.
constexpr int kWindow = 24;

/// A few keys of each slot of the window.
const std::array<std::vector<std::string>, kWindow>& window_keys() {
  static const auto kKeys = [] {
    std::array<std::vector<std::string>, kWindow> keys;
    int missing = kWindow * 2;
    for (int i = 0; missing > 0; ++i) {
      const std::string key = "k" + std::to_string(i);
      const int slot = key_slot(key);
      if (slot < kWindow && keys[static_cast<std::size_t>(slot)].size() < 2) {
        keys[static_cast<std::size_t>(slot)].push_back(key);
        --missing;
      }
    }
    return keys;
  }();
  return kKeys;
}

class Schedule {
 public:
  Schedule(std::uint64_t seed, Marks marks) : cluster_(seed), seed_(seed) {
    cluster_.marks_stay = marks == Marks::kStay;
  }

  Verdict run() {
    build();
    damage();
    if (replicas_ == 0 && one_in(3)) {
      start_clients();
    }
    for (int attempt = 0; attempt < 3; ++attempt) {
      faulty_run();
    }
    calm();
    finish();
    return {problem_, story_ + log_.text()};
  }

 private:
  bool one_in(std::uint32_t n) { return cluster_.one_in(n); }
  std::size_t below(std::size_t n) { return cluster_.random() % n; }
  void tell(const std::string& text) { story_ += text + "\n"; }
  void tell_commands(const std::string& indent, const FakeTransport& transport) {
    for (const std::string& line : transport.log()) {
      tell(indent + line);
    }
  }

  void build() {
    const std::size_t primaries = 1 + below(4);
    replicas_ = primaries > 1 && one_in(4) ? 1 : 0;
    product_ = one_in(4)   ? FakeProduct::kValkey9
               : one_in(6) ? FakeProduct::kRedis62
                           : FakeProduct::kRedis7;
    const std::size_t total = primaries * static_cast<std::size_t>(replicas_ + 1);
    const std::size_t extra = one_in(3) ? 1 : 0;
    for (std::size_t i = 0; i < total + extra; ++i) {
      cluster_.add(product_);
    }
    for (std::size_t i = 0; i < total; ++i) {
      members_.push_back(i);
    }
    desired_ = desired_of(cluster_, members_, replicas_);
    if (extra == 1) {
      desired_.surplus = {cluster_.endpoint(total)};
    }
    plan_slots(primaries);
    command_ = extra == 1  ? PlanCommand::kGate
               : one_in(3) ? PlanCommand::kHeal
                           : PlanCommand::kSync;
    tell("seed " + std::to_string(seed_) + ": product " +
         std::to_string(static_cast<int>(product_)) + ", " + std::to_string(primaries) +
         " primaries, " + std::to_string(replicas_) + " replicas each, " + std::to_string(extra) +
         " surplus, command " + std::to_string(static_cast<int>(command_)));
    if (one_in(5) && extra == 0) {
      tell("not formed yet");
      command_ = PlanCommand::kSync;
      return;
    }
    form(primaries, extra);
    fill();
  }

  /// The wanted layout: the even one with a random window, so that few slots are elsewhere.
  void plan_slots(std::size_t primaries) {
    wanted_ = even_assignment(static_cast<int>(primaries));
    for (std::size_t slot = 0; slot < kWindow; ++slot) {
      wanted_[slot] = static_cast<std::int32_t>(below(primaries));
    }
    desired_.slot_plan = wanted_;
  }

  std::size_t leader(std::size_t shard) const {
    return shard * static_cast<std::size_t>(replicas_ + 1);
  }

  void form(std::size_t primaries, std::size_t extra) {
    std::vector<SlotSet> owners(cluster_.size());
    for (int slot = 0; slot < kSlotCount; ++slot) {
      auto owner = leader(static_cast<std::size_t>(wanted_[static_cast<std::size_t>(slot)]));
      if (slot < kWindow && one_in(3)) {
        owner = extra == 1 ? cluster_.size() - 1 : leader(below(primaries));
      }
      owners[owner].insert(slot);
    }
    cluster_.form(owners);
    for (std::size_t shard = 0; shard < primaries && replicas_ == 1; ++shard) {
      cluster_.attach(leader(shard) + 1, leader(shard));
    }
    cluster_.run_for(milliseconds(500));
  }

  FakeServer* owner_of(int slot) {
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
      if (cluster_.at(i).is_primary() && cluster_.at(i).slots().contains(slot)) {
        return &cluster_.at(i);
      }
    }
    return nullptr;
  }

  bool execute(FakeServer& server, const Argv& argv) {
    bool asking = false;
    std::string line = "  raw " + server.address().ip;
    for (const std::string& word : argv) {
      line += " " + word.substr(0, 12);
    }
    const Reply reply = server.execute(argv, asking);
    tell(line + (reply.is_error() ? " => " + reply.text : ""));
    return !reply.is_error();
  }

  void fill() {
    for (int slot = 0; slot < kWindow; ++slot) {
      FakeServer* owner = owner_of(slot);
      for (const std::string& key : window_keys()[static_cast<std::size_t>(slot)]) {
        if (owner != nullptr && !one_in(3)) {
          expected_[key] = "v" + std::to_string(cluster_.random() % 1000);
          execute(*owner, {"SET", key, expected_[key]});
        }
      }
    }
  }

  /// Half states as a tool leaves them that dies in the middle of a slot (reference/redis.md 3.5).
  void damage() {
    if (expected_.empty()) {
      return;
    }
    for (int i = static_cast<int>(below(4)); i > 0; --i) {
      damage_slot(static_cast<int>(below(kWindow)));
      // Epochs have to spread: two closings at once can pick the same one, and servers settle that
      // by dropping keys.
      cluster_.run_for(milliseconds(300));
    }
    cluster_.run_for(milliseconds(below(300)));
  }

  void damage_slot(int slot) {
    FakeServer* owner = owner_of(slot);
    std::vector<FakeServer*> others;
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
      FakeServer& server = cluster_.at(i);
      if (&server != owner && server.is_primary() && server.rows().size() > 1) {
        others.push_back(&server);
      }
    }
    if (owner == nullptr || others.empty()) {
      return;
    }
    FakeServer& other = *others[below(others.size())];
    const std::string number = std::to_string(slot);
    const Argv importing{"CLUSTER", "SETSLOT", number, "IMPORTING", owner->id()};
    const Argv migrating{"CLUSTER", "SETSLOT", number, "MIGRATING", other.id()};
    const std::size_t kind = below(9);
    // What two tools did to one slot may hide its keys before any hook comes.
    (damaged_.contains(slot) ? torn_ : damaged_).insert(slot);
    tell("damage " + std::to_string(kind) + " to slot " + number);
    if (kind != 3) {
      execute(other, importing);
    }
    if (kind == 1 || kind == 2 || kind == 3 || kind == 4 || kind == 5 || kind == 6) {
      execute(*owner, migrating);
    }
    if (kind == 2 || kind == 4 || kind == 5 || kind == 6) {
      migrate(*owner, other, slot, kind == 2 ? 1 : 100);
    }
    if (kind == 5 || kind == 6) {
      execute(other, {"CLUSTER", "SETSLOT", number, "NODE", other.id()});
    }
    if (kind == 6) {
      execute(*owner, {"CLUSTER", "SETSLOT", number, "NODE", other.id()});
    }
    if (kind == 7 && !owner->data().contains(slot)) {
      // P1: the source told first, the destination never.
      execute(*owner, {"CLUSTER", "SETSLOT", number, "NODE", other.id()});
    }
    if (kind == 8) {
      // P5 and P7: keys on a node that does not own their slot, some on both.
      move_stray(*owner, other, slot);
    }
    if (one_in(4) && others.size() > 1) {
      execute(*others[below(others.size())], importing);
    }
  }

  void migrate(FakeServer& from, FakeServer& to, int slot, std::size_t most) {
    Argv argv{"MIGRATE", to.address().ip, "6379", "", "0", "1000", "REPLACE", "KEYS"};
    const auto keys = from.data().find(slot);
    if (keys == from.data().end()) {
      return;
    }
    for (const auto& [key, value] : keys->second) {
      if (argv.size() - 8 < most) {
        argv.push_back(key);
      }
    }
    if (argv.size() > 8) {
      execute(from, argv);
    }
  }

  void move_stray(FakeServer& owner, FakeServer& other, int slot) {
    const auto keys = owner.data().find(slot);
    if (keys == owner.data().end()) {
      return;
    }
    for (const auto& [key, value] : keys->second) {
      other.put(slot, key, one_in(2) ? value : "stale");
    }
    if (one_in(2)) {
      execute(other, {"CLUSTER", "SETSLOT", std::to_string(slot), "STABLE"});
    }
  }

  /// A client that follows redirects; what it was told is written must be there from then on.
  void start_clients() {
    tell("with a client");
    clients_ = true;
    cluster_.after(milliseconds(1), [this] { client(); });
  }

  void client() {
    if (!clients_) {
      return;
    }
    const auto& keys = window_keys()[below(kWindow)];
    const std::string& key = keys[below(keys.size())];
    const bool reads = one_in(2);
    const std::string value = "w" + std::to_string(++written_);
    FakeServer* server = &cluster_.at(below(cluster_.size()));
    bool asking = false;
    for (int hop = 0; hop < 6 && server != nullptr && server->alive && !server->paused; ++hop) {
      const Reply reply =
          server->execute(reads ? Argv{"GET", key} : Argv{"SET", key, value}, asking);
      if (!reply.is_error()) {
        if (reads) {
          check_read(key, reply, server->address().ip);
        } else {
          expected_[key] = value;
        }
        break;
      }
      if (!reply.is_error("MOVED") && !reply.is_error("ASK")) {
        break;
      }
      asking = reply.is_error("ASK");
      server = at_address(reply.text.substr(reply.text.rfind(' ') + 1));
    }
    cluster_.after(milliseconds(1 + below(20)), [this] { client(); });
  }

  void check_read(const std::string& key, const Reply& reply, const std::string& server) {
    const auto it = expected_.find(key);
    const std::string wanted = it == expected_.end() ? "" : it->second;
    if (reply.text != wanted && !torn_.contains(key_slot(key))) {
      tell("READ " + key + " at " + server + ": '" + reply.text + "'");
      fail("key " + key + " read '" + reply.text + "' instead of '" + wanted + "'");
      expected_[key] = reply.text;
    }
  }

  FakeServer* at_address(const std::string& address) {
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
      if (cluster_.at(i).address().ip + ":6379" == address) {
        return &cluster_.at(i);
      }
    }
    return nullptr;
  }

  HookRun hook(milliseconds limit) const {
    HookRun run;
    run.command = command_;
    run.limit = limit;
    run.census = SlotSet(SlotRange{0, kWindow - 1});
    return run;
  }

  /// A run that is killed, or in which servers or the network fail, or with a second hook in its
  /// middle.
  void faulty_run() {
    if (one_in(2)) {
      cluster_.lost_replies = one_in(3) ? 40 : 0;
      cluster_.lost_migrate_replies = one_in(3) ? 4 : 0;
      cluster_.lost_bus_messages = one_in(3) ? 3 : 0;
    }
    if (one_in(4)) {
      disturb_servers();
    }
    if (!cluster_.marks_stay && one_in(6)) {
      disturb_network();
    }
    FakeTransport transport(cluster_);
    transport.keep_log();
    if (!one_in(4)) {
      transport.crash_after_writes(1 + static_cast<int>(below(one_in(2) ? 6 : 40)));
    }
    // Redis 6.2 may lose a slot's keys to its old owner's next epoch if a message about the move
    // was lost (fake_server.cpp, not_claimed_). A hook sees that and waits, but not what another
    // hook does at the same time.
    const bool alone = product_ == FakeProduct::kRedis62 && cluster_.lost_bus_messages > 0;
    if (one_in(3) && !alone) {
      transport.interrupt_after(1 + static_cast<int>(below(one_in(2) ? 15 : 120)),
                                [this, &transport] { second_hook(transport); });
    }
    tell("-- a hook");
    try {
      const RunReport report =
          run_hook(cluster_, transport, desired_, hook(milliseconds(3000)), &log_);
      tell("   ended: " + std::to_string(static_cast<int>(report.outcome)) + " " + report.reason);
    } catch (const HookCrashed&) {
      tell("   killed");
    }
    tell_commands("   ", transport);
    tell(std::exchange(log_, MemoryLog()).text());
    cluster_.lost_replies = cluster_.lost_migrate_replies = cluster_.lost_bus_messages = 0;
    cluster_.run_for(milliseconds(below(200)));
  }

  /// A second hook while `first` is held up. If it does not get to its end, neither does the first:
  /// a hook that goes on with an old plan among what another one left half-done may raise the epoch
  /// of a server that has not heard yet of a slot that it lost. No command could prevent that; the
  /// lock does (lock.h).
  void second_hook(const FakeTransport& first) {
    tell("-- a second hook in its middle");
    FakeTransport transport(cluster_);
    transport.keep_log();
    if (one_in(2)) {
      transport.crash_after_writes(1 + static_cast<int>(below(20)));
    }
    bool done = false;
    try {
      const RunReport report =
          run_hook(cluster_, transport, desired_, hook(milliseconds(1500)), &log_);
      done = report.outcome == RunOutcome::kDone;
    } catch (const HookCrashed& crash) {
      if (crash.transport != &transport) {
        throw;
      }
    }
    tell_commands("   2: ", transport);
    if (!done) {
      tell("   both were killed");
      throw HookCrashed{&first};
    }
  }

  void disturb_servers() {
    const std::size_t victim = below(cluster_.size());
    const bool restart = one_in(2);
    const milliseconds begins(below(200));
    // Some outlast two looks of a hook and a node timeout. A replica that takes over with marks
    // drops keys, and no hook can help that (docs/hook.md).
    const bool outlasts = !cluster_.marks_stay && one_in(4);
    const milliseconds lasts(below(outlasts ? 8000 : restart ? 600 : 1500));
    expect_quiet(begins + lasts);
    tell("server " + std::to_string(victim + 1) + (restart ? " restarts" : " pauses"));
    cluster_.after(begins, [this, victim, restart] {
      (restart ? cluster_.at(victim).alive : cluster_.at(victim).paused) = !restart;
    });
    cluster_.after(begins + lasts, [this, victim, restart] {
      FakeServer& server = cluster_.at(victim);
      if (restart && !server.alive) {
        server.restart(server.address(), FakeServer::Disk::kKept);
      }
      server.paused = false;
    });
  }

  /// A server that hooks, another server, or all others cannot reach for a while.
  void disturb_network() {
    const std::size_t victim = below(cluster_.size());
    const std::size_t other = below(cluster_.size());
    // A client that reaches both sides of a cut may read on one what was overwritten on the other,
    // in any Redis Cluster.
    const bool from_hooks = clients_ || one_in(3);
    const bool alone = one_in(2);
    const milliseconds begins(below(200));
    const milliseconds lasts(below(one_in(2) ? 8000 : 1500));
    tell("server " + std::to_string(victim + 1) + " is cut off from " +
         (from_hooks ? "hooks"
          : alone    ? "all others"
                     : std::to_string(other + 1)));
    expect_quiet(begins + lasts);
    cluster_.after(begins, [this, victim, other, from_hooks, alone] {
      if (from_hooks) {
        cluster_.cut_from_hooks.insert(victim);
        return;
      }
      for (std::size_t i = 0; i < cluster_.size(); ++i) {
        if (i != victim && (alone || i == other)) {
          cluster_.cut_links.insert(FakeCluster::link(i, victim));
        }
      }
    });
    cluster_.after(begins + lasts, [this, victim] {
      cluster_.cut_from_hooks.erase(victim);
      std::erase_if(cluster_.cut_links, [victim](const auto& link) {
        return link.first == victim || link.second == victim;
      });
    });
  }

  void expect_quiet(milliseconds in) { quiet_at_ = std::max(quiet_at_, cluster_.now() + in); }

  void calm() {
    cluster_.run_for(std::max(
        milliseconds(0), std::chrono::duration_cast<milliseconds>(quiet_at_ - cluster_.now())));
    // A forgotten Valkey server introduces itself again to a server that restarted and so has lost
    // its ban.
    const bool comes_back = product_ == FakeProduct::kValkey9 && !desired_.surplus.empty();
    cluster_.run_for(milliseconds(comes_back ? 6000 : 2500));
    clients_ = false;
    cluster_.run_for(milliseconds(50));
  }

  void finish() {
    RunReport report;
    for (int attempt = 0; attempt < 3; ++attempt) {
      tell("-- the last hook");
      FakeTransport transport(cluster_);
      transport.keep_log();
      report = run_hook(cluster_, transport, desired_, hook(milliseconds(40'000)), &log_);
      tell_commands("   ", transport);
      if (report.outcome == RunOutcome::kDone && command_ != PlanCommand::kSync) {
        // A gate or a heal leaves the balance to sync.
        command_ = PlanCommand::kSync;
        continue;
      }
      break;
    }
    if (report.outcome != RunOutcome::kDone) {
      fail("does not converge: " + report.reason);
      return;
    }
    check_cluster();
    check_keys();
    const int writes = cluster_.writes();
    cluster_.run_for(milliseconds(500));
    report = run_hook(cluster_, desired_, hook(milliseconds(5000)), &log_);
    if (report.outcome != RunOutcome::kDone || cluster_.writes() != writes) {
      fail("a further run wrote " + std::to_string(cluster_.writes() - writes) +
           " commands: " + report.reason);
    }
  }

  void check_cluster() {
    if (const std::string faults = faults_of(cluster_, members_); !faults.empty()) {
      fail(faults);
    }
    for (std::size_t slot = 0; slot < kWindow; ++slot) {
      const FakeServer* owner = owner_of(static_cast<int>(slot));
      const int shard = wanted_[slot];
      const bool right =
          owner != nullptr && static_cast<int>(index_of(*owner)) / (replicas_ + 1) == shard;
      if (!right) {
        fail("slot " + std::to_string(slot) + " is not where the plan wants it");
        return;
      }
    }
  }

  std::size_t index_of(const FakeServer& server) {
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
      if (&cluster_.at(i) == &server) {
        return i;
      }
    }
    return cluster_.size();
  }

  void check_keys() {
    for (const auto& [key, value] : expected_) {
      int holders = 0;
      for (std::size_t i = 0; i < cluster_.size(); ++i) {
        const FakeServer& server = cluster_.at(i);
        const auto keys = server.data().find(key_slot(key));
        const bool holds =
            server.is_primary() && keys != server.data().end() && keys->second.contains(key);
        holders += holds ? 1 : 0;
        if (holds && keys->second.at(key) != value) {
          fail(std::string("key ").append(key).append(" is ").append(keys->second.at(key)) +
               " instead of " + value);
        }
      }
      if (holders != 1) {
        fail("key " + key + " of slot " + std::to_string(key_slot(key)) + " is held by " +
             std::to_string(holders) + " servers");
      }
    }
  }

  void fail(const std::string& text) { problem_ += (problem_.empty() ? "" : "; ") + text; }

  FakeCluster cluster_;
  std::uint64_t seed_;
  int replicas_ = 0;
  FakeProduct product_ = FakeProduct::kRedis7;
  std::vector<std::size_t> members_;
  Desired desired_;
  SlotMap wanted_ = empty_slot_map();
  PlanCommand command_ = PlanCommand::kSync;
  std::map<std::string, std::string> expected_;
  SlotSet damaged_;
  SlotSet torn_;
  bool clients_ = false;
  int written_ = 0;
  /// When the last server or link that is disturbed is whole again.
  TimePoint quiet_at_;
  std::string problem_;
  std::string story_;
  MemoryLog log_;
};

}  // namespace

Verdict play(std::uint64_t seed, Marks marks) {
  return Schedule(seed, marks).run();
}

}  // namespace autocache::hook
