#include "runtime-hook/lock.h"

#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace autocache::hook {
namespace {

using std::chrono::milliseconds;

/// A lane of its own, so that a broken command connection does not give up the lock.
constexpr int kLane = 2;
constexpr milliseconds kCommandTimeout{2000};
constexpr Duration kPoll{250'000};

/// The value of `name=` in a line of CLIENT LIST.
std::string_view field(std::string_view line, std::string_view name) {
  for (const std::string_view part : split(line, ' ')) {
    if (part.size() > name.size() && part.starts_with(name) && part[name.size()] == '=') {
      return part.substr(name.size() + 1);
    }
  }
  return {};
}

/// The name of the oldest connection (client IDs only grow) whose name begins with `prefix`.
std::string first_holder(std::string_view clients, std::string_view prefix) {
  std::string holder;
  std::uint64_t oldest = UINT64_MAX;
  for (const std::string_view line : split(clients, '\n')) {
    const std::string_view name = field(line, "name");
    const std::string_view id = field(line, "id");
    std::uint64_t number = 0;
    if (name.starts_with(prefix) &&
        std::from_chars(id.data(), id.data() + id.size(), number).ec == std::errc() &&
        number < oldest) {
      oldest = number;
      holder = name;
    }
  }
  return holder;
}

}  // namespace

Lock::Lock(Transport& transport,
           Clock& clock,
           Log& log,
           std::string name,
           std::string token,
           std::vector<Endpoint> nodes)
    : transport_(transport),
      clock_(clock),
      log_(log),
      prefix_("autocache-hook:" + std::move(name) + ":"),
      token_(std::move(token)),
      nodes_(std::move(nodes)) {}

void Lock::set_name(const std::string& name) {
  std::vector<Request> requests;
  requests.reserve(nodes_.size());
  for (const Endpoint& node : nodes_) {
    requests.push_back({node, {"CLIENT", "SETNAME", name}, kLane, kCommandTimeout});
  }
  transport_.call_all(std::move(requests));
}

Lock::Count Lock::look() {
  std::vector<Request> requests;
  requests.reserve(nodes_.size());
  for (const Endpoint& node : nodes_) {
    requests.push_back({node, {"CLIENT", "LIST"}, kLane, kCommandTimeout});
  }
  Count count;
  std::map<std::string, int> others;
  for (const Outcome& outcome : transport_.call_all(std::move(requests))) {
    // A server without a list of clients (AutoCache) takes no part.
    const std::string holder =
        outcome && outcome->kind == ReplyKind::kBulk ? first_holder(outcome->text, prefix_) : "";
    if (holder.empty()) {
      continue;
    }
    ++count.asked;
    if (holder == full_name()) {
      ++count.first;
    } else if (++others[holder] > count.best_other) {
      count.best_other = others[holder];
      count.other = holder;
    }
  }
  return count;
}

LockState Lock::acquire(milliseconds timeout, const std::function<bool()>& stop) {
  const TimePoint until = clock_.now() + std::chrono::duration_cast<Duration>(timeout);
  bool told = false;
  while (true) {
    set_name(full_name());
    const Count count = look();
    if (2 * count.first > count.asked || count.asked == 0) {
      return LockState::kHeld;
    }
    // Nobody has a majority: the one with fewer nodes, or the larger token, gets out of the way, so
    // that one of them wins.
    const bool tie = 2 * count.best_other <= count.asked;
    const bool wait_in_line = !tie || count.first > count.best_other ||
                              (count.first == count.best_other && full_name() < count.other);
    if (!wait_in_line) {
      release();
    }
    if (!std::exchange(told, true)) {
      log_.info("lock_busy", "another hook works on this cluster, waiting for it",
                {{"holder", count.other}});
    }
    if (stop && stop()) {
      release();
      return LockState::kStopped;
    }
    if (clock_.now() >= until) {
      release();
      return LockState::kBusy;
    }
    clock_.sleep_until(std::min(until, clock_.now() + kPoll));
  }
}

bool Lock::check() {
  set_name(full_name());
  const Count count = look();
  return 2 * count.first > count.asked || count.asked == 0;
}

void Lock::release() {
  set_name("autocache-hook");
}

}  // namespace autocache::hook
