#include "runtime-hook/executor.h"

#include "runtime-hook/cluster_nodes.h"
#include "runtime-hook/commands_of.h"

#include <algorithm>
#include <map>
#include <utility>

namespace autocache::hook {
namespace {

constexpr std::chrono::milliseconds kShortestPause{20};
constexpr std::chrono::milliseconds kLongestPause{250};
/// How much later the second look has to be that confirms a step which cannot be undone.
constexpr std::chrono::milliseconds kConfirmAfter{150};
/// Pipelines longer than this are sent in pieces.
constexpr std::size_t kBatch = 1024;

MoveNode move_node(const Snapshot& snapshot, int member) {
  MoveNode node;
  node.endpoint = snapshot.endpoint_of(member);
  node.id = snapshot.at(member).id;
  node.address = snapshot.address_of(member);
  node.keeps_marks = keeps_marks(snapshot.at(member));
  node.replicas = static_cast<int>(
      std::count_if(snapshot.members.begin(), snapshot.members.end(), [&](const Member& m) {
        // The AutoCache server does not say whether a replica has its link.
        return m.place >= 0 && !m.primary && m.primary_member == member &&
               (m.link_up || m.product == Product::kAutocache);
      }));
  return node;
}

/// Directives that plans depend on; everything for sync, which compares the live configuration.
std::vector<std::string> config_names(const Desired& desired, const PlanOptions& options) {
  if (options.command == PlanCommand::kSync && desired.config) {
    return {"*"};
  }
  return {"cluster-node-timeout", "cluster-allow-replica-migration", "cluster-blacklist-ttl"};
}

std::chrono::milliseconds node_timeout(const Snapshot& snapshot) {
  std::chrono::milliseconds shortest{15000};
  for (const Member& member : snapshot.members) {
    if (const auto it = member.config.find("cluster-node-timeout"); it != member.config.end()) {
      const long value = std::strtol(it->second.c_str(), nullptr, 10);
      shortest = value > 0 ? std::min(shortest, std::chrono::milliseconds(value)) : shortest;
    }
  }
  return shortest;
}

std::string text_of(const Plan& plan) {
  std::string text;
  for (const Wait& wait : plan.waits) {
    text += (text.empty() ? "" : "; ") + wait.reason;
  }
  return text;
}

}  // namespace

Executor::Executor(
    Transport& transport, Clock& clock, Log& log, const Desired& desired, RunOptions options)
    : transport_(transport),
      clock_(clock),
      log_(log),
      desired_(desired),
      options_(std::move(options)),
      reader_(transport, clock, desired),
      started_(clock.now()),
      changed_(started_) {}

bool Executor::stopping() const {
  return options_.stop && options_.stop();
}

void Executor::problem(const std::string& text) {
  last_problem_ = text;
  latest_problem_ = text;
  log_.warn("step_failed", text);
}

/// Whether the run ends with what it has just seen; if so, `report` says how.
bool Executor::ended(RunReport& report) {
  const Plan& now = report.plan;
  const auto end = [&](RunOutcome outcome, std::string reason) {
    report.outcome = outcome;
    report.reason = std::move(reason);
    return true;
  };
  if (const std::optional<Refusal>& refusal = now.refusal ? now.refusal : refusal_) {
    log_.error("refused", refusal->seen, {{"code", refusal->code}, {"check", refusal->check}});
    report.refusal = refusal;
    return end(RunOutcome::kRefused, refusal->seen);
  }
  // Done only if a second look, with a census, agrees: keys on a node that does not own their slot
  // show nowhere else.
  if (now.done() && report.snapshot.census) {
    return end(RunOutcome::kDone, "");
  }
  if (stopping()) {
    return end(RunOutcome::kStopped, "asked to stop");
  }
  if (hopeless_) {
    return end(RunOutcome::kFailed, latest_problem_);
  }
  if (clock_.now() >= options_.until) {
    const std::string waiting = text_of(now);
    const std::string& reason = waiting.empty() ? latest_problem_ : waiting;
    return end(RunOutcome::kFailed, reason.empty() ? "out of time" : "out of time: " + reason);
  }
  if (options_.mode == RunMode::kDryRun && !now.needs_census) {
    return end(RunOutcome::kDone, text_of(now));
  }
  return false;
}

Snapshot Executor::look(Census census) {
  ReadOptions read;
  read.timeout = options_.reply_timeout;
  read.config = config_names(desired_, options_.plan);
  Snapshot snapshot = reader_.read(read);
  if (census == Census::kTake) {
    reader_.take_census(snapshot, options_.census_slots, options_.reply_timeout);
  }
  const TimePoint now = clock_.now();
  snapshot.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - started_);
  snapshot.unchanged = std::chrono::duration_cast<std::chrono::milliseconds>(now - changed_);
  return snapshot;
}

RunReport Executor::run() {
  RunReport report;
  Census census = Census::kNone;
  std::chrono::milliseconds pause = kShortestPause;
  for (;;) {
    ++report.rounds;
    report.snapshot = look(census);
    report.plan = plan(report.snapshot, desired_, options_.plan);
    if (options_.observe) {
      options_.observe(report.snapshot, report.plan);
    }
    if (ended(report)) {
      return report;
    }
    const Plan& now = report.plan;
    // A plan that a census decides is made of a later look as well: what the first one saw may have
    // been on its way from server to server.
    census = now.needs_census || now.done() ? Census::kTake : Census::kNone;
    if (census == Census::kTake && !report.snapshot.census) {
      continue;
    }
    const bool sure = confirmed(report.snapshot, now);
    if (!now.steps.empty() && sure) {
      const Turn turn = options_.may_write ? options_.may_write() : Turn::kMine;
      if (turn == Turn::kTaken) {
        report.outcome = RunOutcome::kLockLost;
        report.reason = "another hook holds the lock";
        return report;
      }
      if (turn == Turn::kMineAgain) {
        unconfirmed_.clear();
        changed_ = clock_.now();
        continue;
      }
      log_plan(report.snapshot, now);
      const bool fine = execute(report.snapshot, report.plan, report);
      changed_ = clock_.now();
      pause = fine ? kShortestPause : std::min(pause * 2, kLongestPause);
      if (fine) {
        continue;
      }
    } else {
      const std::string signature = text_of(now);
      if (signature != signature_) {
        signature_ = signature;
        changed_ = clock_.now();
        pause = kShortestPause;
        if (!signature.empty()) {
          log_.info("waiting", signature);
        }
      } else {
        pause = std::min(pause * 5 / 4 + std::chrono::milliseconds(1), kLongestPause);
      }
    }
    clock_.sleep_until(std::min(clock_.now() + pause, options_.until));
  }
}

bool Executor::confirmed(const Snapshot& snapshot, const Plan& plan) {
  std::set<std::string> keys;
  for (const Step& step : plan.steps) {
    if (step.certainty == Certainty::kConfirmed) {
      keys.insert(step_key(snapshot, step));
    }
  }
  const bool known =
      std::includes(unconfirmed_.begin(), unconfirmed_.end(), keys.begin(), keys.end());
  if (!known) {
    unconfirmed_ = std::move(keys);
    unconfirmed_since_ = clock_.now();
    return false;
  }
  return keys.empty() || clock_.now() - unconfirmed_since_ >= kConfirmAfter;
}

void Executor::log_plan(const Snapshot& snapshot, const Plan& plan) {
  for (const std::string& note : plan.notes) {
    log_.info("note", note);
  }
  std::map<std::string, int> repeated;
  for (const Step& step : plan.steps) {
    if (++repeated[std::string(step_name(step))] <= 8) {
      log_.info(
          "step", step.why,
          {{"step", step_name(step)}, {"node", describe(snapshot, written_members(step).front())}});
    }
  }
  for (const auto& [name, count] : repeated) {
    if (count > 8) {
      log_.info("step", "and more of them", {{"step", name}, {"count", count}});
    }
  }
}

/// An address may have been given to another server since the look: every server that is to be
/// written to says again who it is.
bool Executor::same_nodes(const Snapshot& snapshot, const Plan& plan) {
  std::set<int> members;
  for (const Step& step : plan.steps) {
    for (const int member : written_members(step)) {
      members.insert(member);
    }
  }
  std::vector<Request> requests;
  requests.reserve(members.size());
  for (const int member : members) {
    requests.push_back(
        {snapshot.endpoint_of(member), {"CLUSTER", "MYID"}, 0, options_.reply_timeout});
  }
  const std::vector<Outcome> outcomes = transport_.call_all(std::move(requests));
  std::size_t i = 0;
  for (const int member : members) {
    const Outcome& outcome = outcomes[i++];
    if (!outcome) {
      problem(describe(snapshot, member) + ": " + outcome.error().message);
      return false;
    }
    if (outcome->text != snapshot.at(member).id) {
      problem(describe(snapshot, member) + " is another node now");
      return false;
    }
  }
  return true;
}

bool Executor::execute(const Snapshot& snapshot, const Plan& plan, RunReport& report) {
  last_problem_.clear();
  if (!same_nodes(snapshot, plan)) {
    return false;
  }
  std::map<int, std::vector<const Step*>> stages;
  for (const Step& step : plan.steps) {
    stages[step.stage].push_back(&step);
  }
  for (const auto& [stage, steps] : stages) {
    report.steps += static_cast<int>(steps.size());
    run_stage(snapshot, steps, report);
    if (!last_problem_.empty() || stopping()) {
      return last_problem_.empty();
    }
  }
  unconfirmed_.clear();
  return true;
}

void Executor::run_stage(const Snapshot& snapshot,
                         const std::vector<const Step*>& steps,
                         RunReport& report) {
  std::vector<Command> commands;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!still_safe(snapshot, *steps[i])) {
      problem(std::string(step_name(*steps[i])) + " is no longer safe: looking again");
      return;
    }
    if (const auto* copy = std::get_if<CopyFunctions>(&steps[i]->action)) {
      copy_functions(snapshot, *copy);
    }
    for (NodeCommand& command : commands_of(snapshot, *steps[i])) {
      commands.push_back({command.member, std::move(command.argv), i});
    }
  }
  send(snapshot, steps, commands);
  if (last_problem_.empty()) {
    run_moves(snapshot, steps, report);
  }
}

void Executor::send(const Snapshot& snapshot,
                    const std::vector<const Step*>& steps,
                    const std::vector<Command>& commands) {
  for (std::size_t begin = 0; begin < commands.size(); begin += kBatch) {
    const std::size_t end = std::min(begin + kBatch, commands.size());
    std::vector<Request> requests;
    for (std::size_t i = begin; i < end; ++i) {
      requests.push_back({snapshot.endpoint_of(commands[i].member), commands[i].argv, 0,
                          options_.reply_timeout * 3});
    }
    const std::vector<Outcome> outcomes = transport_.call_all(std::move(requests));
    for (std::size_t i = begin; i < end; ++i) {
      const Outcome& outcome = outcomes[i - begin];
      const Step& step = *steps[commands[i].step];
      if (outcome && (!outcome->is_error() || is_done_already(step, *outcome))) {
        continue;
      }
      problem(std::string(step_name(step)) + " at " + describe(snapshot, commands[i].member) +
              ": " + (outcome ? outcome->text : outcome.error().message));
    }
    if (!last_problem_.empty()) {
      return;
    }
  }
}

/// The last look before a command that a server carries out whatever the state is.
bool Executor::still_safe(const Snapshot& snapshot, const Step& step) {
  const auto* reset = std::get_if<Reset>(&step.action);
  const auto* drop = std::get_if<DropClaim>(&step.action);
  if (reset != nullptr) {
    // A primary with keys refuses RESET by itself; a replica does not, so it must still be one, or
    // own nothing.
    const Outcome answer = transport_.call(
        {snapshot.endpoint_of(reset->node), {"CLUSTER", "NODES"}, 0, options_.reply_timeout});
    const std::vector<NodeLine> nodes = read_cluster_nodes(answer);
    const NodeLine* self = myself_of(nodes);
    return self != nullptr && !self->owns_slots() &&
           self->has(kReplicaFlag) != snapshot.at(reset->node).primary;
  }
  if (drop != nullptr) {
    std::vector<Request> requests;
    for (const int slot : drop->slots.slots()) {
      requests.push_back({snapshot.endpoint_of(drop->node),
                          {"CLUSTER", "COUNTKEYSINSLOT", std::to_string(slot)},
                          0,
                          options_.reply_timeout});
    }
    const std::vector<Outcome> outcomes = transport_.call_all(std::move(requests));
    return std::all_of(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) {
      return outcome && outcome->kind == ReplyKind::kInteger && outcome->integer == 0;
    });
  }
  return true;
}

void Executor::copy_functions(const Snapshot& snapshot, const CopyFunctions& copy) {
  const Outcome dump = transport_.call(
      {snapshot.endpoint_of(copy.from), {"FUNCTION", "DUMP"}, 0, options_.reply_timeout * 3});
  if (!dump || dump->is_error()) {
    problem("FUNCTION DUMP at " + describe(snapshot, copy.from) + ": " +
            (dump ? dump->text : dump.error().message));
    return;
  }
  const Outcome restored = transport_.call({snapshot.endpoint_of(copy.to),
                                            {"FUNCTION", "RESTORE", dump->text, "REPLACE"},
                                            0,
                                            options_.reply_timeout * 3});
  if (!restored || restored->is_error()) {
    problem("FUNCTION RESTORE at " + describe(snapshot, copy.to) + ": " +
            (restored ? restored->text : restored.error().message));
  }
}

void Executor::run_moves(const Snapshot& snapshot,
                         const std::vector<const Step*>& steps,
                         RunReport& report) {
  std::vector<Move> moves;
  std::vector<Move> homes;
  std::set<int> involved;
  for (const Step* step : steps) {
    if (const auto* move = std::get_if<MoveSlots>(&step->action)) {
      moves.push_back(
          {move_node(snapshot, move->from), move_node(snapshot, move->to), move->slots});
      involved.insert({move->from, move->to});
    } else if (const auto* home = std::get_if<BringHome>(&step->action)) {
      homes.push_back(
          {move_node(snapshot, home->from), move_node(snapshot, home->owner), home->slots});
    }
  }
  if (moves.empty() && homes.empty()) {
    return;
  }
  MoveOptions options = options_.move;
  options.node_timeout = node_timeout(snapshot);
  options.method = desired_.engine == Engine::kAutocache ? MoveMethod::kAutoCache : options.method;
  options.stop = [this] { return stopping() || clock_.now() >= options_.until; };
  for (int i = 0; i < static_cast<int>(snapshot.members.size()); ++i) {
    if (snapshot.at(i).place >= 0 && snapshot.at(i).primary && !involved.contains(i)) {
      options.bystanders.push_back(move_node(snapshot, i));
    }
  }
  const auto take = [&](const MoveReport& done) {
    report.moved.slots_done += done.done.slots_done;
    report.moved.slots_total += done.done.slots_total;
    report.moved.keys += done.done.keys;
    report.moved.bytes += done.done.bytes;
    for (const MoveFailure& failure : done.failures) {
      problem(std::to_string(failure.slots.size()) + " slots did not arrive: " + failure.message);
      hopeless_ = hopeless_ || failure.permanent;
      if (!failure.check.empty() && !refusal_) {
        refusal_ = Refusal{"cannot_move", failure.message, failure.check};
      }
    }
  };
  if (!homes.empty()) {
    take(bring_home(transport_, clock_, log_, homes, options));
  }
  if (!moves.empty()) {
    take(move_slots(transport_, clock_, log_, moves, options));
  }
}

}  // namespace autocache::hook
