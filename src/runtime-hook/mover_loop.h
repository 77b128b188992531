#pragma once

// The event loop of a move: sends groups of commands and calls back when a whole group is answered,
// so that several movers work side by side in one thread.

#include "runtime-hook/clock.h"
#include "runtime-hook/mover.h"
#include "runtime-hook/transport.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace autocache::hook {

class MoveLoop {
 public:
  using Then = std::function<void(std::vector<Outcome>&)>;

  MoveLoop(Transport& transport, Clock& clock) : transport_(transport), clock_(clock) {}

  TimePoint now() { return clock_.now(); }
  /// Submits `requests`; `then` runs from run() when all are answered, with the outcomes in the
  /// same order.
  void exchange(std::vector<Request> requests, Then then);
  /// `then` runs from run() at `when` or later.
  void at(TimePoint when, std::function<void()> then);
  /// Returns when no exchange and no timer is left.
  void run();

 private:
  struct Exchange {
    std::vector<Outcome> outcomes;
    std::size_t missing = 0;
    Then then;
  };
  struct Place {
    std::shared_ptr<Exchange> exchange;
    std::size_t index = 0;
  };

  void run_timers();
  void deliver(Completion completion);

  Transport& transport_;
  Clock& clock_;
  std::unordered_map<Ticket, Place> waiting_;
  std::multimap<TimePoint, std::function<void()>> timers_;
};

/// What all kinds of movers share during one move_slots().
struct MoveContext {
  MoveLoop& loop;
  Log& log;
  const MoveOptions& options;
  MoveReport report;
  /// IDs of nodes that have left a question without an answer: nothing new is begun with them. (All
  /// that have to do with such a node would wait for the same silence, one after the other.)
  std::set<std::string> silent;

  /// True once nothing new may be begun.
  bool stopping();
  /// Notes whether `node` has answered.
  void heard(const MoveNode& node, const Outcome& outcome);
  [[nodiscard]] bool answers(const MoveNode& node) const { return !silent.contains(node.id); }
  /// Adds to the progress and tells the observer.
  void moved(std::int64_t slots, std::int64_t keys, std::int64_t bytes);
  /// Records that `slot` did not arrive.
  void failed(const MoveNode& source,
              const MoveNode& destination,
              int slot,
              const std::string& message,
              bool permanent);
};

/// Questions that are worth asking before the servers count as too slow.
constexpr int kMaxQuestions = 4;
/// For how long the answer to the `question`th question (counted from 1) may be believed if another
/// hook can make it untrue: to end a move and to begin the next takes it a dozen exchanges, of
/// which one takes `exchange`. The time grows with each question, so that slow servers get an
/// answer too, but a hook that was held up asks again.
constexpr Duration fresh_for(int question, Duration exchange = {}) {
  const Duration shortest = std::chrono::milliseconds(6);
  return std::max(shortest, 4 * exchange) * (1 << (question < 2 ? 0 : 2 * (question - 1)));
}

/// The reason why `outcome` is not what was asked for: the server's error or the transport's
/// failure. Empty: it is fine.
std::string problem_of(const Outcome& outcome);

/// The moves by MIGRATE; fills `context.report`.
void move_by_migrate(MoveContext& context, const std::vector<Move>& moves);

/// The moves by CLUSTER MIGRATESLOTS (Valkey 9). Returns what has to go by MIGRATE instead, after
/// three failures.
std::vector<Move> move_by_migrateslots(MoveContext& context, const std::vector<Move>& moves);

/// The moves between AutoCache servers, and bring_home() there.
void move_by_copy(MoveContext& context, const std::vector<Move>& moves);
void bring_home_by_copy(MoveContext& context, const Move& move);

}  // namespace autocache::hook
