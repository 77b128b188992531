#pragma once

// An in-memory Redis Cluster with simulated time: servers, a bus with delays, and transports for
// any number of hooks. One seed decides every delay and fault, so a schedule can be repeated
// exactly.

#include "fakes/fake_server.h"
#include "runtime-hook/clock.h"
#include "runtime-hook/transport.h"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace autocache::hook {

class FakeTransport;

/// Thrown where the hook process dies: unwinds out of whatever it was doing. `transport` is only a
/// name: whose hook it was.
struct HookCrashed {
  const FakeTransport* transport = nullptr;
};

class FakeCluster final : public FakeWorld {
 public:
  explicit FakeCluster(std::uint64_t seed);
  ~FakeCluster() override;

  /// Adds a running server at 10.0.0.<n>:6379, n counted from 1.
  FakeServer& add(FakeProduct product = FakeProduct::kRedis7);
  [[nodiscard]] std::size_t size() const { return servers_.size(); }
  FakeServer& at(std::size_t i) { return *servers_[i]; }
  /// The server of that ID; null if there is none.
  FakeServer* find(const std::string& id);
  Endpoint endpoint(std::size_t i) const;

  /// Makes a formed cluster of the first `owners.size()` servers at once: everybody knows
  /// everybody, server i owns owners[i].
  void form(const std::vector<SlotSet>& owners);
  /// Makes server `replica` a replica of server `primary`, in everybody's view.
  void attach(std::size_t replica, std::size_t primary);

  /// Lets the simulated time pass.
  void run_for(Duration duration) { run_until(now_ + duration); }
  void run_until(TimePoint until);
  /// Handles the next event if it comes before `until`, else goes there. False if time went to
  /// `until`.
  bool step(TimePoint until);
  void after(Duration delay, std::function<void()> event);

  TimePoint now() const override { return now_; }
  FakeServer* reach(const FakeServer& from, const FakeAddress& at) override;
  FakeServer* replication_peer(const FakeAddress& at) override;
  void send(FakeServer& from, const FakeAddress& to, FakeMessagePtr message) override;
  bool loses_migrate_reply() override;
  std::uint32_t random() override { return static_cast<std::uint32_t>(random_()); }
  [[nodiscard]] bool keeps_marks() const override { return marks_stay; }
  [[nodiscard]] bool silent_addresses() const override { return addresses_are_silent; }
  /// True once in `n` times.
  bool one_in(std::uint32_t n) { return n > 0 && random() % n == 0; }

  /// All commands that changed something, on all servers.
  [[nodiscard]] int writes() const;

  // Faults. One in that many, 0: never.
  std::uint32_t lost_replies = 0;
  std::uint32_t lost_migrate_replies = 0;
  std::uint32_t lost_bus_messages = 0;
  /// What keeps_marks() says.
  bool marks_stay = true;
  /// What silent_addresses() says.
  bool addresses_are_silent = false;
  /// Pairs of servers (by index, smaller first) that cannot reach each other but for replication,
  /// and servers that hooks cannot reach.
  std::set<std::pair<std::size_t, std::size_t>> cut_links;
  /// The link between two servers as cut_links has it.
  static std::pair<std::size_t, std::size_t> link(std::size_t a, std::size_t b) {
    return {std::min(a, b), std::max(a, b)};
  }
  std::set<std::size_t> cut_from_hooks;
  /// Host names for resolve(); addresses resolve to themselves.
  std::map<std::string, std::string> names;

 private:
  friend class FakeTransport;

  struct Event {
    TimePoint when;
    std::uint64_t order = 0;
    std::function<void()> run;
    bool operator<(const Event& other) const {
      return when != other.when ? when > other.when : order > other.order;
    }
  };

  Duration delay() { return Duration(100 + random() % 900); }
  void schedule_tick(std::size_t server);
  FakeServer* listener(const FakeAddress& at);
  std::size_t index_of(const FakeServer& server) const;
  bool linked(std::size_t a, std::size_t b) const;

  std::mt19937 random_;
  TimePoint now_{std::chrono::seconds(1000)};
  std::uint64_t order_ = 0;
  std::priority_queue<Event> events_;
  std::vector<std::unique_ptr<FakeServer>> servers_;
};

/// The simulated clock of a FakeCluster.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(FakeCluster& cluster) : cluster_(cluster) {}
  TimePoint now() override { return cluster_.now(); }
  void sleep_until(TimePoint until) override { cluster_.run_until(until); }

 private:
  FakeCluster& cluster_;
};

/// One hook's way to a FakeCluster.
class FakeTransport : public Transport {
 public:
  explicit FakeTransport(FakeCluster& cluster);
  ~FakeTransport() override;
  FakeTransport(const FakeTransport&) = delete;
  FakeTransport& operator=(const FakeTransport&) = delete;

  Ticket submit(Request request) override;
  tl::expected<std::vector<std::string>, Failure> resolve(const std::string& host) override;
  void disconnect(const Endpoint& node) override;

  /// The hook dies right after its `n`th command from now that changes something; 0: never.
  void crash_after_writes(int n) { crash_after_ = n; }
  /// Called once, in the middle of whatever the hook does, after its `n`th command.
  void interrupt_after(int n, std::function<void()> action);
  /// Every command that was carried out, oldest first, if keep_log was called.
  void keep_log() { keep_log_ = true; }
  [[nodiscard]] const std::vector<std::string>& log() const { return log_; }

 protected:
  std::vector<Completion> poll_new(TimePoint until) override;

 private:
  struct Queued {
    Ticket ticket = 0;
    Argv argv;
    TimePoint deadline;
  };
  struct Lane {
    std::deque<Queued> queue;
    bool scheduled = false;
    bool asking = false;
  };
  using LaneKey = std::pair<FakeAddress, int>;

  void schedule(const LaneKey& key);
  void serve(const LaneKey& key);
  void fail(Lane& lane, FailureKind kind, Failure::Delivery delivery);
  void complete(Completion completion, Duration delay);
  void crash();

  FakeCluster& cluster_;
  /// Events outlive a hook that crashed: they hold this and look whether it is still there.
  std::shared_ptr<FakeTransport*> alive_;
  std::map<LaneKey, Lane> lanes_;
  std::vector<Completion> arrived_;
  Ticket next_ = 1;
  int outstanding_ = 0;
  int crash_after_ = 0;
  int interrupt_after_ = 0;
  std::function<void()> interrupt_;
  bool keep_log_ = false;
  std::vector<std::string> log_;
};

}  // namespace autocache::hook
