#include "runtime-hook/lock.h"

#include "support/catch.h"

#include <deque>
#include <map>

namespace autocache::hook {
namespace {

class ManualClock final : public Clock {
 public:
  TimePoint now() override { return now_; }
  void sleep_until(TimePoint until) override { now_ = std::max(now_, until); }

 private:
  TimePoint now_;
};

/// Nodes that only know CLIENT SETNAME and CLIENT LIST. Other clients are given by a test.
class ClientList final : public Transport {
 public:
  struct Client {
    int id = 0;
    std::string name;
  };
  std::map<std::string, std::vector<Client>> others;
  std::map<std::string, Client> own;
  std::vector<std::string> down;

  Ticket submit(Request request) override {
    const std::string& host = request.node.host;
    Completion completion{++ticket_, Reply{ReplyKind::kStatus, 0, "OK", {}}};
    if (std::find(down.begin(), down.end(), host) != down.end()) {
      completion.outcome =
          tl::unexpected(Failure{FailureKind::kRefused, Failure::Delivery::kNotSent, "down"});
    } else if (request.argv[1] == "SETNAME") {
      own.try_emplace(host, Client{50, ""}).first->second.name = request.argv[2];
    } else {
      std::string text;
      auto clients = others[host];
      clients.push_back(own[host]);
      for (const Client& client : clients) {
        text += "id=" + std::to_string(client.id) +
                " addr=1.2.3.4:5 laddr=1.2.3.4:6 name=" + client.name + " age=1\n";
      }
      completion.outcome = Reply{ReplyKind::kBulk, 0, text, {}};
    }
    queue_.push_back(completion);
    return completion.ticket;
  }
  tl::expected<std::vector<std::string>, Failure> resolve(const std::string& host) override {
    return std::vector{host};
  }
  void disconnect(const Endpoint&) override {}

 protected:
  std::vector<Completion> poll_new(TimePoint) override { return std::exchange(queue_, {}); }

 private:
  Ticket ticket_ = 0;
  std::vector<Completion> queue_;
};

std::vector<Endpoint> three_nodes() {
  return {{"a", 1, 2}, {"b", 1, 2}, {"c", 1, 2}};
}

struct Fixture {
  ClientList transport;
  ManualClock clock;
  NullLog log;
  Lock lock{transport, clock, log, "cache", "me", three_nodes()};
};

}  // namespace

TEST_CASE("the lock is free when nobody else has named a connection") {
  Fixture f;
  f.transport.others["a"] = {{1, "somebody"}, {2, "autocache-hook:other-cluster:x"}};
  CHECK(f.lock.acquire(std::chrono::seconds(1), {}) == LockState::kHeld);
  CHECK(f.lock.check());
}

TEST_CASE("who was first on a majority of the nodes that answer holds the lock") {
  Fixture f;
  f.transport.others["a"] = {{1, "autocache-hook:cache:they"}};
  CHECK(f.lock.acquire(std::chrono::seconds(1), {}) == LockState::kHeld);
  f.transport.others["b"] = {{1, "autocache-hook:cache:they"}};
  CHECK_FALSE(f.lock.check());
  CHECK(f.lock.acquire(std::chrono::seconds(1), {}) == LockState::kBusy);
}

TEST_CASE("a connection that came later does not matter") {
  Fixture f;
  for (const char* host : {"a", "b", "c"}) {
    f.transport.others[host] = {{99, "autocache-hook:cache:they"}};
  }
  CHECK(f.lock.acquire(std::chrono::seconds(1), {}) == LockState::kHeld);
}

TEST_CASE("waiting for the lock takes at most the time given and can be stopped") {
  Fixture f;
  for (const char* host : {"a", "b", "c"}) {
    f.transport.others[host] = {{1, "autocache-hook:cache:they"}};
  }
  const TimePoint began = f.clock.now();
  CHECK(f.lock.acquire(std::chrono::seconds(5), {}) == LockState::kBusy);
  CHECK(f.clock.now() - began == std::chrono::seconds(5));
  CHECK(f.lock.acquire(std::chrono::seconds(5), [] { return true; }) == LockState::kStopped);
  CHECK(f.transport.own["a"].name == "autocache-hook");
}

TEST_CASE("with no node in reach there is nothing to protect") {
  Fixture f;
  f.transport.down = {"a", "b", "c"};
  CHECK(f.lock.acquire(std::chrono::seconds(1), {}) == LockState::kHeld);
}

}  // namespace autocache::hook
