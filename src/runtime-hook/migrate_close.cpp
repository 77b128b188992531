// The end of a slot's move: the destination takes the slot over, then the source is told.

#include "runtime-hook/cluster_nodes.h"
#include "runtime-hook/migrate_command.h"
#include "runtime-hook/migrate_strand.h"

#include <algorithm>
#include <map>
#include <utility>

namespace autocache::hook {
namespace {

/// The destination tells everybody at once. Where that gets lost or stuck the slot is left to the
/// next look: until then the source sends its clients to the destination as before.
constexpr Duration kGossip{500'000};

/// True if that is the answer of a source that knows the new owner. It may have become a replica of
/// the destination, or wait for replicas: the destination owns the slot by then, and its epoch
/// tells the rest (redis #9223, valkey #899).
bool is_told(const Outcome& outcome) {
  return problem_of(outcome).empty() ||
         (outcome && (outcome->text.find("SETSLOT only with") != std::string::npos ||
                      outcome->is_error("NOREPLICAS") || outcome->is_error("UNBLOCKED")));
}

}  // namespace

bool MigrateStrand::is_stale(const Work& work) const {
  return context_.loop.now() - work.counted > fresh_for(work.asked_again, quickest_);
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
  timed_exchange(std::move(requests), [this, works, asked](Outcomes& answers) {
    const auto shows = [](const std::vector<OpenMark>& open, const OpenMark& mark) {
      return std::find(open.begin(), open.end(), mark) != open.end();
    };
    const std::vector<OpenMark> there = open_slots(read_cluster_nodes(answers[0]));
    const std::vector<OpenMark> here = open_slots(read_cluster_nodes(answers[1]));
    for (std::size_t i = 0; i < works.size(); ++i) {
      Work& work = *works[i];
      if (!shows(there, {work.slot, OpenKind::kImporting, source_.node.id}) ||
          !shows(here, {work.slot, OpenKind::kMigrating, target().node.id})) {
        fail(work, "the slot is no longer open: looking again");
      } else if (work.asked_again > kMaxQuestions) {
        fail(work, "the servers are too slow");
      } else {
        on_count(work, answers[i + 2], asked);
      }
    }
    // At once: until the rest of the round is done these answers are old, too.
    close_at_ = context_.loop.now();
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

void MigrateStrand::on_destination_closed(const Works& ready, Outcomes& outcomes) {
  Works closed;
  for (std::size_t i = 0; i < ready.size(); ++i) {
    if (problem_of(outcomes[i]).empty()) {
      closed.push_back(ready[i]);
    } else {
      fail(*ready[i], target().node, outcomes[i]);
    }
  }
  if (source_.node.keeps_marks) {
    // Told before it hears, it would take what the destination said before the move for a sign that
    // the slot has no owner.
    for (const Work* work : closed) {
      unheard_.push_back({work->slot, target_, context_.loop.now() + kGossip});
    }
    if (!listening_) {
      listen();
    }
    step();
    return;
  }
  std::vector<Request> requests;
  for (const Work* work : closed) {
    requests.push_back(to_source(set_slot(work->slot, "NODE", target().node.id)));
  }
  context_.loop.exchange(
      std::move(requests),
      [this, closed = std::move(closed)](Outcomes& answers) { on_source_closed(closed, answers); });
}

void MigrateStrand::on_source_closed(const Works& ready, Outcomes& outcomes) {
  std::int64_t done = 0;
  for (std::size_t i = 0; i < ready.size(); ++i) {
    if (is_told(outcomes[i])) {
      ++done;
    } else {
      fail(*ready[i], source_.node, outcomes[i]);
    }
  }
  context_.moved(done, 0, 0);
  step();
}

void MigrateStrand::listen() {
  listening_ = !unheard_.empty();
  if (listening_) {
    context_.loop.exchange({to_source({"CLUSTER", "NODES"})},
                           [this](Outcomes& answers) { on_listen(answers[0]); });
  }
}

void MigrateStrand::on_listen(const Outcome& answer) {
  const std::string problem = problem_of(answer);
  const std::vector<NodeLine> nodes = read_cluster_nodes(answer);
  std::map<std::size_t, SlotSet> heard;
  std::vector<Unheard> known;
  std::vector<Unheard> unknown;
  std::vector<Request> requests;
  for (const Unheard& slot : unheard_) {
    const std::string& owner = source_.targets[slot.target].node.id;
    const auto [found, fresh] = heard.try_emplace(slot.target);
    if (fresh) {
      found->second = owned_slots(nodes, owner);
    }
    if (found->second.contains(slot.slot)) {
      requests.push_back(to_source(set_slot(slot.slot, "NODE", owner)));
      known.push_back(slot);
    } else if (problem.empty() && context_.loop.now() < slot.until) {
      unknown.push_back(slot);
    } else {
      fail(slot, problem.empty() ? "the source has not heard of it yet: looking again" : problem);
    }
  }
  context_.heard(source_.node, answer);
  unheard_ = std::move(unknown);
  context_.loop.exchange(std::move(requests), [this, known](Outcomes& answers) {
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (is_told(answers[i])) {
        context_.moved(1, 0, 0);
      } else {
        context_.heard(source_.node, answers[i]);
        fail(known[i], problem_of(answers[i]));
      }
    }
    context_.loop.at(
        context_.loop.now() + (known.empty() ? source_.shape.listen_every : Duration::zero()),
        [this] { listen(); });
  });
}

void MigrateStrand::fail(const Unheard& slot, const std::string& message) {
  MigrateSource::Target& target = source_.targets[slot.target];
  ++target.failed_slots;
  context_.failed(source_.node, target.node, slot.slot, message, is_permanent_error(message));
}

}  // namespace autocache::hook
