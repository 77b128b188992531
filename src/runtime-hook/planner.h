#pragma once

// From what was observed and what is wanted to the next steps: a pure function, called again after
// every round until nothing is left. All rules that keep data (design.md 5.1) are decided here. The
// planner never guesses: what it cannot know is a wait or a refusal.

#include "runtime-hook/desired.h"
#include "runtime-hook/snapshot.h"
#include "runtime-hook/step.h"

#include <optional>
#include <string>
#include <vector>

namespace autocache::hook {

enum class PlanCommand { kSync, kGate, kHeal };
enum class DataLoss { kRefuse, kAccept };

struct PlanOptions {
  PlanCommand command = PlanCommand::kSync;
  /// --accept-data-loss: uncovered slots are assigned even if their data may still exist.
  DataLoss data_loss = DataLoss::kRefuse;
};

/// Why the hook stops: a person must look (exit 3), or wrong usage for this server.
struct Refusal {
  std::string code;   ///< stable snake_case word
  std::string seen;   ///< what was seen
  std::string check;  ///< what to check or do
};

/// Something that must happen by itself before the plan can go on; the executor looks again until
/// the time limit.
struct Wait {
  std::string code;
  std::string reason;
};

struct Plan {
  std::vector<Step> steps;
  std::vector<Wait> waits;
  std::optional<Refusal> refusal;
  /// The plan depends on where keys are: look again with a census.
  bool needs_census = false;
  /// Facts worth a line in the log, without any effect.
  std::vector<std::string> notes;

  /// Nothing to do, nothing to wait for.
  [[nodiscard]] bool done() const { return steps.empty() && waits.empty() && !refusal; }
};

/// Whether a run may form a cluster of nodes that know of no slot. With storage only sync may: a
/// cluster that has lost its volumes looks the same as a new one.
bool may_form(const Desired& wanted, const PlanOptions& options);

/// The next steps from `now` towards `wanted`. With a refusal there are no steps.
Plan plan(const Snapshot& now, const Desired& wanted, const PlanOptions& options);

/// What a member is to us (design.md 5.1.2). kUndecided: it does not answer, and as long as a
/// desired node does not answer either, the two may be the same.
enum class Standing { kDesired, kSurplus, kGone, kStranger, kHandshaking, kUndecided };

struct Roster {
  std::vector<Standing> standing;   ///< of every member
  std::vector<int> node;            ///< of every member the desired node that it is or was; -1 none
  std::vector<int> member_of_node;  ///< per desired node who answers there; -1 nobody
};

/// The standing of every member of `now`.
Roster classify(const Snapshot& now, const Desired& wanted);

}  // namespace autocache::hook
