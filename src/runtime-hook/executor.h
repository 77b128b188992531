#pragma once

// The reconcile loop: look, plan, act, and look again until the plan is empty. Owns no decision
// (those are the planner's) and no socket (that is the transport's). Safe to stop at any command:
// the next run reads everything anew.

#include "runtime-hook/clock.h"
#include "runtime-hook/desired.h"
#include "runtime-hook/log.h"
#include "runtime-hook/mover.h"
#include "runtime-hook/planner.h"
#include "runtime-hook/reader.h"
#include "runtime-hook/transport.h"

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace autocache::hook {

enum class RunMode { kApply, kDryRun };

/// Whether this process may write now.
enum class Turn {
  kMine,
  kMineAgain,  ///< after another hook has worked: what was seen before is out of date
  kTaken,      ///< another hook holds the lock: the run ends
};

struct RunOptions {
  PlanOptions plan;
  RunMode mode = RunMode::kApply;
  /// The end of the run's time; what is not done by then is exit 1.
  TimePoint until;
  /// How long a server may take to answer.
  std::chrono::milliseconds reply_timeout{2000};
  /// Pace, method, login and rate of slot moves. `stop`, `bystanders` and `node_timeout` are filled
  /// in here.
  MoveOptions move;
  /// Asked before every round and by the mover; true ends the run in a clean state.
  std::function<bool()> stop;
  /// Asked before every round that writes. It may wait for another hook.
  std::function<Turn()> may_write;
  /// Called with the snapshot and plan of every round, before its steps run (progress views, dry
  /// runs).
  std::function<void(const Snapshot&, const Plan&)> observe;
  /// The slots that censuses look at.
  SlotSet census_slots = SlotSet::all();
};

enum class RunOutcome { kDone, kFailed, kRefused, kStopped, kLockLost };

/// What a run did, for its summary and metrics.
struct RunReport {
  RunOutcome outcome = RunOutcome::kFailed;
  /// Why it did not finish; empty if it did.
  std::string reason;
  std::optional<Refusal> refusal;
  int rounds = 0;
  int steps = 0;
  MoveProgress moved;
  /// The last look and the plan made from it.
  Snapshot snapshot;
  Plan plan;
};

class Executor {
 public:
  Executor(
      Transport& transport, Clock& clock, Log& log, const Desired& desired, RunOptions options);

  /// Runs until the plan is empty, refused, out of time or stopped.
  RunReport run();

 private:
  struct Command {
    int member = -1;
    Argv argv;
    std::size_t step = 0;
  };

  enum class Census { kNone, kTake };

  Snapshot look(Census census);
  bool confirmed(const Snapshot& snapshot, const Plan& plan);
  bool execute(const Snapshot& snapshot, const Plan& plan, RunReport& report);
  bool same_nodes(const Snapshot& snapshot, const Plan& plan);
  void run_stage(const Snapshot& snapshot,
                 const std::vector<const Step*>& steps,
                 RunReport& report);
  void run_moves(const Snapshot& snapshot,
                 const std::vector<const Step*>& steps,
                 RunReport& report);
  void send(const Snapshot& snapshot,
            const std::vector<const Step*>& steps,
            const std::vector<Command>& commands);
  void copy_functions(const Snapshot& snapshot, const CopyFunctions& copy);
  bool still_safe(const Snapshot& snapshot, const Step& step);
  void log_plan(const Snapshot& snapshot, const Plan& plan);
  void problem(const std::string& text);
  [[nodiscard]] bool stopping() const;
  bool ended(RunReport& report);

  Transport& transport_;
  Clock& clock_;
  Log& log_;
  const Desired& desired_;
  RunOptions options_;
  TopologyReader reader_;
  TimePoint started_;
  TimePoint changed_;
  std::string signature_;
  std::set<std::string> unconfirmed_;
  TimePoint unconfirmed_since_;
  /// Of the round that runs; and of any round so far.
  std::string last_problem_;
  std::string latest_problem_;
  bool hopeless_ = false;
  /// What a mover found that no repetition will change.
  std::optional<Refusal> refusal_;
};

}  // namespace autocache::hook
