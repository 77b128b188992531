#include "runtime-hook/mover_loop.h"
#include "runtime-hook/slot_jobs.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>

namespace autocache::hook {
namespace {

using std::chrono::milliseconds;

constexpr int kLane = 0;
constexpr int kMaxAttempts = 3;
constexpr Duration kPoll{50'000};
constexpr Duration kBackoff{500'000};
constexpr milliseconds kCommandTimeout{10'000};

/// A job's end is seen at most the `late`th part of its time late, where `shortest` and kPoll allow
/// it. The answer tells of every job that the server remembers (a thousand): asking costs it, and
/// its clients, something.
struct Polling {
  Duration shortest;
  int late = 1;
};

Polling polling_for(Pace pace) {
  return pace == Pace::kFast ? Polling{Duration(1'000), 256} : Polling{Duration(5'000), 32};
}

Request ask_jobs(const Endpoint& node) {
  return Request{node, {"CLUSTER", "GETSLOTMIGRATIONS"}, kLane, kCommandTimeout};
}

/// The moves out of one node, one job after the other (a source forks for each).
class AtomicSource {
 public:
  AtomicSource(MoveContext& context, std::vector<Move> moves)
      : context_(context), moves_(std::move(moves)), polling_(polling_for(context.options.pace)) {}

  void start() { look_for_running(); }
  const std::vector<Move>& left() const { return left_; }

 private:
  const Move& move() const { return moves_[next_]; }
  const MoveNode& source() const { return moves_.front().source; }

  /// The jobs that the source remembers; without an answer its moves have failed.
  void ask(std::function<void(const std::vector<SlotJob>&)> then) {
    context_.loop.exchange({ask_jobs(source().endpoint)}, [this, then = std::move(then)](
                                                              std::vector<Outcome>& outcomes) {
      if (const std::string problem = problem_of(outcomes[0]); !problem.empty()) {
        give_up(problem);
      } else {
        then(read_slot_jobs(*outcomes[0]));
      }
    });
  }

  /// A hook that died has left its job running: it is ours if it is planned.
  void look_for_running() {
    ask([this](const std::vector<SlotJob>& jobs) {
      for (const SlotJob& job : jobs) {
        known_.insert(job.name);
        if (job.is_export() && job.active()) {
          adopted_.insert(job.name);
        }
      }
      if (!adopted_.empty()) {
        context_.log.info("migration_adopted",
                          "waiting for a slot migration that is already running",
                          {{"from", source().id}});
        context_.loop.at(context_.loop.now() + kPoll, [this] { look_for_running_again(); });
      } else {
        begin();
      }
    });
  }

  void look_for_running_again() {
    if (context_.stopping()) {
      cancel();
      return;
    }
    ask([this](const std::vector<SlotJob>& jobs) {
      SlotSet done;
      bool running = false;
      for (const SlotJob& job : jobs) {
        running = running || (job.is_export() && job.active());
        if (adopted_.contains(job.name) && job.state == "success") {
          done |= job.slots;
        }
      }
      if (running) {
        context_.loop.at(context_.loop.now() + kPoll, [this] { look_for_running_again(); });
        return;
      }
      // What the adopted jobs have moved is theirs no more; asking for it again would only be
      // refused.
      for (Move& one : moves_) {
        const int before = one.slots.size();
        one.slots -= done;
        context_.moved(before - one.slots.size(), 0, 0);
      }
      begin();
    });
  }

  void begin() {
    while (next_ < moves_.size() && move().slots.empty()) {
      ++next_;
    }
    if (next_ == moves_.size() || context_.stopping()) {
      return;
    }
    Argv argv{"CLUSTER", "MIGRATESLOTS", "SLOTSRANGE"};
    for (const SlotRange range : move().slots.ranges()) {
      argv.push_back(std::to_string(range.first));
      argv.push_back(std::to_string(range.last));
    }
    argv.insert(argv.end(), {"NODE", move().destination.id});
    std::vector<Request> requests{{source().endpoint, std::move(argv), kLane, kCommandTimeout}};
    // In the same pipeline: the keys do not leave before the job's end.
    for (const int slot : move().slots.slots()) {
      requests.push_back({source().endpoint,
                          {"CLUSTER", "COUNTKEYSINSLOT", std::to_string(slot)},
                          kLane,
                          kCommandTimeout});
    }
    context_.loop.exchange(std::move(requests), [this](std::vector<Outcome>& outcomes) {
      keys_ = 0;
      for (std::size_t i = 1; i < outcomes.size(); ++i) {
        keys_ += outcomes[i] ? outcomes[i]->integer : 0;
      }
      const std::string problem = problem_of(outcomes.front());
      if (problem.empty()) {
        began_ = context_.loop.now();
        poll();
      } else {
        retry(problem);
      }
    });
  }

  void poll() {
    const TimePoint now = context_.loop.now();
    const Duration delay = std::clamp((now - began_) / polling_.late, polling_.shortest, kPoll);
    context_.loop.at(now + delay, [this] {
      if (context_.stopping()) {
        cancel();
      } else {
        ask([this](const std::vector<SlotJob>& jobs) { on_poll(jobs); });
      }
    });
  }

  void on_poll(const std::vector<SlotJob>& jobs) {
    for (const SlotJob& job : jobs) {
      if (!job.is_export() || known_.contains(job.name) || job.target != move().destination.id ||
          !(job.slots == move().slots)) {
        continue;
      }
      if (job.active()) {
        poll();
        return;
      }
      known_.insert(job.name);
      if (job.state == "success") {
        context_.moved(move().slots.size(), keys_, 0);
        attempts_ = 0;
        ++next_;
        begin();
      } else {
        retry(job.state + ": " + job.message);
      }
      return;
    }
    retry("the source knows nothing of the slot migration");
  }

  void retry(const std::string& problem) {
    if (context_.stopping()) {
      return;
    }
    ++attempts_;
    context_.log.warn("migration_failed", "an atomic slot migration failed",
                      {{"from", source().id},
                       {"to", move().destination.id},
                       {"attempt", attempts_},
                       {"error", problem}});
    if (attempts_ >= kMaxAttempts) {
      left_.push_back(move());
      attempts_ = 0;
      ++next_;
      begin();
      return;
    }
    context_.loop.at(context_.loop.now() + kBackoff * attempts_, [this] { begin(); });
  }

  /// All or nothing: a cancelled migration leaves every slot whole at the source.
  void cancel() {
    context_.loop.exchange(
        {{source().endpoint, {"CLUSTER", "CANCELSLOTMIGRATIONS"}, kLane, kCommandTimeout}},
        [](std::vector<Outcome>&) {});
  }

  void give_up(const std::string& problem) {
    for (; next_ < moves_.size(); ++next_) {
      for (const int slot : move().slots.slots()) {
        context_.failed(source(), move().destination, slot, problem, false);
      }
    }
  }

  MoveContext& context_;
  std::vector<Move> moves_;
  const Polling polling_;
  std::vector<Move> left_;
  /// Jobs that are over or not of this run, by name.
  std::set<std::string> known_;
  std::set<std::string> adopted_;
  std::size_t next_ = 0;
  int attempts_ = 0;
  TimePoint began_;
  std::int64_t keys_ = 0;
};

}  // namespace

std::vector<Move> move_by_migrateslots(MoveContext& context, const std::vector<Move>& moves) {
  if (context.options.bytes_per_second > 0) {
    return moves;  // the server knows no rate limit
  }
  std::map<std::string, MoveNode> nodes;
  for (const Move& move : moves) {
    nodes.emplace(move.source.id, move.source);
    nodes.emplace(move.destination.id, move.destination);
  }
  std::set<std::string> able;
  for (const auto& [id, node] : nodes) {
    context.loop.exchange({ask_jobs(node.endpoint)},
                          [&able, name = id](std::vector<Outcome>& outcomes) {
                            if (outcomes[0] && outcomes[0]->kind == ReplyKind::kArray) {
                              able.insert(name);
                            }
                          });
  }
  context.loop.run();
  std::vector<Move> rest;
  std::map<std::string, std::vector<Move>> by_source;
  for (const Move& move : moves) {
    const bool both = able.contains(move.source.id) && able.contains(move.destination.id);
    (both ? by_source[move.source.id] : rest).push_back(move);
  }
  std::vector<std::unique_ptr<AtomicSource>> sources;
  for (auto& [id, list] : by_source) {
    sources.push_back(std::make_unique<AtomicSource>(context, std::move(list)));
    sources.back()->start();
    if (context.options.pace == Pace::kGentle) {
      // Each fork and each stream of keys costs the clients something: one after the other.
      context.loop.run();
    }
  }
  context.loop.run();
  for (const auto& source : sources) {
    rest.insert(rest.end(), source->left().begin(), source->left().end());
  }
  return rest;
}

}  // namespace autocache::hook
