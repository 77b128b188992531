// The end of a slot's move: the destination takes the slot over, then the source is told.

#include "runtime-hook/migrate_strand.h"

#include <algorithm>
#include <utility>

namespace autocache::hook {
namespace {

/// An answer older than that says nothing any more: another hook may have moved the slot since.
constexpr Duration kFresh{20'000};
/// The same where the servers are that slow; then the slot is left to the next look.
constexpr Duration kSlowlyFresh{500'000};
constexpr int kMaxQuestions = 5;

/// Errors of SETSLOT NODE at a source that has become a replica of the destination, or waits for
/// replicas: the destination owns the slot by then, and its epoch tells the rest (redis #9223,
/// valkey #899).
bool source_may_say(const Reply& reply) {
  return reply.text.find("SETSLOT only with") != std::string::npos ||
         reply.is_error("NOREPLICAS") || reply.is_error("UNBLOCKED");
}

}  // namespace

bool MigrateStrand::is_stale(const Work& work) const {
  const Duration age = context_.loop.now() - work.counted;
  return age > (work.asked_again == 0 ? kFresh : kSlowlyFresh);
}

void MigrateStrand::ask_again(const Works& works) {
  // Only questions: on Valkey each SETSLOT waits for the replicas.
  std::vector<Request> requests{to_destination({"CLUSTER", "NODES"}),
                                to_source({"CLUSTER", "NODES"})};
  for (Work* work : works) {
    ++work->asked_again;
    requests.push_back(to_source({"CLUSTER", "COUNTKEYSINSLOT", std::to_string(work->slot)}));
  }
  const TimePoint asked = context_.loop.now();
  context_.loop.exchange(std::move(requests), [this, works, asked](Outcomes& answers) {
    const auto shows = [&](std::size_t node, int slot, const char* arrow, const std::string& id) {
      return answers[node] && answers[node]->text.find("[" + std::to_string(slot) + arrow + id +
                                                       "]") != std::string::npos;
    };
    for (std::size_t i = 0; i < works.size(); ++i) {
      Work& work = *works[i];
      if (!shows(0, work.slot, "-<-", source_.node.id) ||
          !shows(1, work.slot, "->-", target().node.id)) {
        fail(work, "the slot is no longer open: looking again");
      } else if (work.asked_again > kMaxQuestions) {
        fail(work, "the servers are too slow");
      } else {
        on_count(work, answers[i + 2], asked);
      }
    }
    step();
  });
}

void MigrateStrand::close_ready() {
  Works ready = std::exchange(ready_, {});
  close_at_ = TimePoint::max();
  if (std::any_of(ready.begin(), ready.end(), [this](auto* work) { return is_stale(*work); })) {
    ask_again(ready);
    return;
  }
  std::vector<Request> requests;
  for (const Work* work : ready) {
    requests.push_back(to_destination(set_slot(work->slot, "NODE", target().node.id)));
  }
  context_.loop.exchange(std::move(requests), [this, ready = std::move(ready)](Outcomes& outcomes) {
    on_destination_closed(ready, outcomes);
  });
}

void MigrateStrand::on_destination_closed(Works ready, Outcomes& outcomes) {
  Works closed;
  std::vector<Request> requests;
  for (std::size_t i = 0; i < ready.size(); ++i) {
    if (problem_of(outcomes[i]).empty()) {
      closed.push_back(ready[i]);
      requests.push_back(to_source(set_slot(ready[i]->slot, "NODE", target().node.id)));
    } else {
      fail(*ready[i], outcomes[i]);
    }
  }
  context_.loop.exchange(
      std::move(requests),
      [this, closed = std::move(closed)](Outcomes& answers) { on_source_closed(closed, answers); });
}

void MigrateStrand::on_source_closed(const Works& ready, Outcomes& outcomes) {
  std::int64_t done = 0;
  for (std::size_t i = 0; i < ready.size(); ++i) {
    if (problem_of(outcomes[i]).empty() || (outcomes[i] && source_may_say(*outcomes[i]))) {
      ++done;
    } else {
      source_.dead = source_.dead || !outcomes[i];
      fail(*ready[i], outcomes[i]);
    }
  }
  context_.moved(done, 0, 0);
  step();
}

}  // namespace autocache::hook
