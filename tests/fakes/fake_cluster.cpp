#include "fakes/fake_cluster.h"

#include <algorithm>
#include <utility>

namespace autocache::hook {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPingPeriod{100};

}  // namespace

FakeCluster::FakeCluster(std::uint64_t seed)
    : random_(static_cast<std::mt19937::result_type>(seed)) {}
FakeCluster::~FakeCluster() = default;

FakeServer& FakeCluster::add(FakeProduct product) {
  const std::size_t index = servers_.size();
  servers_.push_back(std::make_unique<FakeServer>(
      *this, FakeAddress{"10.0.0." + std::to_string(index + 1), 6379}, product));
  schedule_tick(index);
  return *servers_.back();
}

FakeServer* FakeCluster::find(const std::string& id) {
  for (const auto& server : servers_) {
    if (server->id() == id) {
      return server.get();
    }
  }
  return nullptr;
}

Endpoint FakeCluster::endpoint(std::size_t i) const {
  const FakeAddress& at = servers_[i]->address();
  return {at.ip, static_cast<std::uint16_t>(at.port), static_cast<std::uint16_t>(at.port + 10000)};
}

void FakeCluster::after(Duration wait, std::function<void()> event) {
  events_.push({now_ + wait, ++order_, std::move(event)});
}

void FakeCluster::schedule_tick(std::size_t server) {
  after(kPingPeriod * 3 / 4 + Duration(random() % 50000), [this, server] {
    FakeServer& node = *servers_[server];
    if (node.alive && !node.paused) {
      node.tick();
    }
    schedule_tick(server);
  });
}

bool FakeCluster::step(TimePoint until) {
  if (events_.empty() || events_.top().when > until) {
    now_ = std::max(now_, until);
    return false;
  }
  now_ = std::max(now_, events_.top().when);
  const auto run = std::move(const_cast<Event&>(events_.top()).run);
  events_.pop();
  run();
  return true;
}

void FakeCluster::run_until(TimePoint until) {
  while (step(until)) {
  }
}

std::size_t FakeCluster::index_of(const FakeServer& server) const {
  const auto it = std::find_if(servers_.begin(), servers_.end(),
                               [&](const auto& p) { return p.get() == &server; });
  return static_cast<std::size_t>(it - servers_.begin());
}

bool FakeCluster::linked(std::size_t a, std::size_t b) const {
  return !cut_links.contains(link(a, b));
}

FakeServer* FakeCluster::listener(const FakeAddress& at) {
  for (const auto& server : servers_) {
    if (server->alive && server->address() == at) {
      return server.get();
    }
  }
  return nullptr;
}

FakeServer* FakeCluster::reach(const FakeServer& from, const FakeAddress& at) {
  FakeServer* server = listener(at);
  const bool answers =
      server != nullptr && !server->paused && linked(index_of(from), index_of(*server));
  return answers ? server : nullptr;
}

FakeServer* FakeCluster::replication_peer(const FakeAddress& at) {
  return listener(at);
}

void FakeCluster::send(FakeServer& from, const FakeAddress& to, FakeMessagePtr message) {
  if (one_in(lost_bus_messages)) {
    return;
  }
  const std::size_t sender = index_of(from);
  after(delay(), [this, sender, to, message = std::move(message)] {
    FakeServer* server = reach(*servers_[sender], to);
    if (server != nullptr && servers_[sender]->alive) {
      server->receive(*message);
    }
  });
}

bool FakeCluster::loses_migrate_reply() {
  return one_in(lost_migrate_replies);
}

int FakeCluster::writes() const {
  int sum = 0;
  for (const auto& server : servers_) {
    sum += server->writes();
  }
  return sum;
}

void FakeCluster::form(const std::vector<SlotSet>& owners) {
  bool asking = false;
  for (std::size_t i = 0; i < owners.size(); ++i) {
    servers_[i]->execute({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)}, asking);
    servers_[i]->add_slots(owners[i]);
    for (std::size_t j = 0; j < i; ++j) {
      const FakeAddress& at = servers_[j]->address();
      servers_[i]->execute({"CLUSTER", "MEET", at.ip, std::to_string(at.port)}, asking);
    }
  }
  run_for(milliseconds(400));
}

void FakeCluster::attach(std::size_t replica, std::size_t primary) {
  bool asking = false;
  const FakeAddress& at = servers_[primary]->address();
  servers_[replica]->execute({"CLUSTER", "MEET", at.ip, std::to_string(at.port)}, asking);
  run_for(milliseconds(300));
  servers_[replica]->execute({"CLUSTER", "REPLICATE", servers_[primary]->id()}, asking);
  run_for(milliseconds(300));
}

FakeTransport::FakeTransport(FakeCluster& cluster)
    : cluster_(cluster), alive_(std::make_shared<FakeTransport*>(this)) {}

FakeTransport::~FakeTransport() {
  *alive_ = nullptr;
}

void FakeTransport::interrupt_after(int n, std::function<void()> action) {
  interrupt_after_ = n;
  interrupt_ = std::move(action);
}

tl::expected<std::vector<std::string>, Failure> FakeTransport::resolve(const std::string& host) {
  if (is_address(host)) {
    return std::vector<std::string>{host};
  }
  const auto it = cluster_.names.find(host);
  if (it == cluster_.names.end()) {
    return tl::unexpected(
        Failure{FailureKind::kNoSuchName, Failure::Delivery::kNotSent, "no such name"});
  }
  return std::vector<std::string>{it->second};
}

void FakeTransport::disconnect(const Endpoint& node) {
  for (auto& [key, lane] : lanes_) {
    if (key.first.ip == node.host && key.first.port == node.port) {
      fail(lane, FailureKind::kClosed, Failure::Delivery::kMaybe);
    }
  }
}

Ticket FakeTransport::submit(Request request) {
  const Ticket ticket = next_++;
  ++outstanding_;
  const auto ips = resolve(request.node.host);
  const LaneKey key{{ips ? ips->front() : request.node.host, request.node.port}, request.lane};
  lanes_[key].queue.push_back({ticket, std::move(request.argv), cluster_.now() + request.timeout});
  schedule(key);
  return ticket;
}

void FakeTransport::schedule(const LaneKey& key) {
  Lane& lane = lanes_[key];
  if (lane.scheduled || lane.queue.empty()) {
    return;
  }
  lane.scheduled = true;
  cluster_.after(cluster_.delay() / 4, [alive = alive_, key] {
    if (*alive != nullptr) {
      (*alive)->serve(key);
    }
  });
}

void FakeTransport::complete(Completion completion, Duration wait) {
  cluster_.after(wait, [alive = alive_, completion = std::move(completion)]() mutable {
    if (*alive != nullptr) {
      (*alive)->arrived_.push_back(std::move(completion));
    }
  });
}

void FakeTransport::fail(Lane& lane, FailureKind kind, Failure::Delivery delivery) {
  for (const Queued& queued : std::exchange(lane.queue, {})) {
    arrived_.push_back(
        {queued.ticket, tl::unexpected(Failure{kind, delivery, std::string(to_string(kind))})});
  }
  lane.asking = false;
}

void FakeTransport::serve(const LaneKey& key) {
  Lane& lane = lanes_[key];
  lane.scheduled = false;
  if (lane.queue.empty()) {
    return;
  }
  FakeServer* server = cluster_.listener(key.first);
  if (server == nullptr) {
    fail(lane, FailureKind::kRefused, Failure::Delivery::kNotSent);
    return;
  }
  if (server->paused || cluster_.cut_from_hooks.contains(cluster_.index_of(*server))) {
    lane.scheduled = true;
    const Duration wait = std::max(Duration(1), lane.queue.front().deadline - cluster_.now());
    cluster_.after(wait, [alive = alive_, key] {
      if (*alive == nullptr) {
        return;
      }
      FakeTransport& self = **alive;
      self.lanes_[key].scheduled = false;
      self.fail(self.lanes_[key], FailureKind::kTimeout, Failure::Delivery::kMaybe);
    });
    return;
  }
  // Usually a whole pipeline at once, sometimes a part, so that others get in between.
  std::size_t count =
      cluster_.one_in(3) ? 1 + cluster_.random() % lane.queue.size() : lane.queue.size();
  const Duration wait = cluster_.delay() / 4;
  for (; count > 0 && !lane.queue.empty(); --count) {
    const Queued queued = std::move(lane.queue.front());
    lane.queue.pop_front();
    const int before = server->writes();
    Reply reply = server->execute(queued.argv, lane.asking);
    const bool wrote = server->writes() != before || queued.argv[0] == "DEL";
    if (keep_log_ && wrote) {
      std::string line = key.first.ip;
      for (const std::string& word : queued.argv) {
        line += " " + word;
      }
      log_.push_back(line + " => " + (reply.is_error() ? reply.text : "ok"));
    }
    if (wrote && crash_after_ > 0 && --crash_after_ == 0) {
      crash();
      throw HookCrashed{this};
    }
    if (cluster_.one_in(cluster_.lost_replies)) {
      arrived_.push_back(
          {queued.ticket,
           tl::unexpected(Failure{FailureKind::kClosed, Failure::Delivery::kMaybe, "closed"})});
      fail(lane, FailureKind::kClosed, Failure::Delivery::kMaybe);
      return;
    }
    complete({queued.ticket, std::move(reply)}, wait);
    if (interrupt_after_ > 0 && --interrupt_after_ == 0) {
      const auto action = std::exchange(interrupt_, {});
      lane.scheduled = !lane.queue.empty();
      if (lane.scheduled) {
        cluster_.after(cluster_.delay(), [alive = alive_, key] {
          if (*alive != nullptr) {
            (*alive)->serve(key);
          }
        });
      }
      action();
      return;
    }
  }
  schedule(key);
}

/// What was written to the sockets before the process died may still be carried out.
void FakeTransport::crash() {
  *alive_ = nullptr;
  for (auto& [key, lane] : lanes_) {
    FakeServer* server = cluster_.listener(key.first);
    if (server == nullptr || server->paused || lane.queue.empty()) {
      continue;
    }
    for (std::size_t left = cluster_.random() % (lane.queue.size() + 1); left > 0; --left) {
      server->execute(lane.queue.front().argv, lane.asking);
      lane.queue.pop_front();
    }
  }
}

std::vector<Completion> FakeTransport::poll_new(TimePoint until) {
  while (arrived_.empty() && outstanding_ > 0) {
    if (!cluster_.step(until)) {
      break;
    }
  }
  outstanding_ -= static_cast<int>(arrived_.size());
  return std::exchange(arrived_, {});
}

}  // namespace autocache::hook
