#include "runtime-hook/mover_loop.h"

#include <algorithm>
#include <utility>

namespace autocache::hook {

void MoveLoop::exchange(std::vector<Request> requests, Then then) {
  auto exchange = std::make_shared<Exchange>();
  const Failure lost{FailureKind::kClosed, Failure::Delivery::kMaybe, "no answer"};
  exchange->outcomes.assign(requests.size(), Outcome(tl::unexpect, lost));
  exchange->missing = requests.size();
  exchange->then = std::move(then);
  if (requests.empty()) {
    at(now(), [exchange] { exchange->then(exchange->outcomes); });
    return;
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    waiting_.emplace(transport_.submit(std::move(requests[i])), Place{exchange, i});
  }
}

void MoveLoop::at(TimePoint when, std::function<void()> then) {
  timers_.emplace(when, std::move(then));
}

void MoveLoop::run_timers() {
  const TimePoint present = now();
  while (!timers_.empty() && timers_.begin()->first <= present) {
    const auto then = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    then();
  }
}

void MoveLoop::deliver(Completion completion) {
  const auto found = waiting_.find(completion.ticket);
  if (found == waiting_.end()) {
    return;
  }
  const Place place = std::move(found->second);
  waiting_.erase(found);
  Exchange& exchange = *place.exchange;
  exchange.outcomes[place.index] = std::move(completion.outcome);
  if (--exchange.missing == 0) {
    exchange.then(exchange.outcomes);
  }
}

void MoveLoop::run() {
  while (true) {
    run_timers();
    const TimePoint until = timers_.empty() ? TimePoint::max() : timers_.begin()->first;
    if (waiting_.empty()) {
      if (timers_.empty()) {
        return;
      }
      clock_.sleep_until(until);
      continue;
    }
    for (Completion& completion : transport_.poll(until)) {
      deliver(std::move(completion));
    }
  }
}

bool MoveContext::stopping() {
  report.stopped = report.stopped || (options.stop && options.stop());
  return report.stopped;
}

void MoveContext::heard(const MoveNode& node, const Outcome& outcome) {
  if (!outcome) {
    silent.insert(node.id);
  }
}

void MoveContext::moved(std::int64_t slots, std::int64_t keys, std::int64_t bytes) {
  report.done.slots_done += slots;
  report.done.keys += keys;
  report.done.bytes += bytes;
  if (options.progress) {
    options.progress(report.done);
  }
}

void MoveContext::failed(const MoveNode& source,
                         const MoveNode& destination,
                         int slot,
                         const std::string& message,
                         bool permanent) {
  auto same = [&](const MoveFailure& failure) {
    return failure.source_id == source.id && failure.destination_id == destination.id;
  };
  auto found = std::find_if(report.failures.begin(), report.failures.end(), same);
  if (found == report.failures.end()) {
    report.failures.push_back(MoveFailure{source.id, destination.id, {}, message, permanent, {}});
    found = report.failures.end() - 1;
    log.warn("move_failed", "a slot could not be moved",
             {{"slot", slot}, {"from", source.id}, {"to", destination.id}, {"error", message}});
  }
  found->slots.insert(slot);
  found->permanent = found->permanent || permanent;
}

std::string problem_of(const Outcome& outcome) {
  if (!outcome) {
    return outcome.error().message;
  }
  return outcome->is_error() ? outcome->text : std::string();
}

}  // namespace autocache::hook
