#include "runtime-hook/cluster_commands.h"

#include "runtime-hook/commands_of.h"
#include "runtime-hook/executor.h"
#include "runtime-hook/files.h"
#include "runtime-hook/lock.h"
#include "runtime-hook/metrics.h"
#include "runtime-hook/reader.h"
#include "runtime-hook/status_writer.h"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace autocache::hook {
namespace {

constexpr mode_t kMetricsMode = 0644;
constexpr std::int64_t kMegabyte = 1'000'000;
constexpr Duration kFirstSyncPoll{250'000};

std::string lock_token(Clock& clock) {
  char host[256] = "host";
  gethostname(host, sizeof(host) - 1);
  return fmt::format("{}-{}-{}", host, getpid(), clock.now().time_since_epoch().count());
}

std::vector<Endpoint> all_endpoints(const Desired& desired) {
  std::vector<Endpoint> endpoints;
  std::transform(desired.nodes.begin(), desired.nodes.end(), std::back_inserter(endpoints),
                 [](const DesiredNode& node) { return node.at; });
  endpoints.insert(endpoints.end(), desired.surplus.begin(), desired.surplus.end());
  return endpoints;
}

PlanCommand plan_command(const std::string& name) {
  return name == "gate"   ? PlanCommand::kGate
         : name == "heal" ? PlanCommand::kHeal
                          : PlanCommand::kSync;
}

/// What the run leaves as the status of the resource; of another hook's work that hook reports.
void report_status(Session& session, const RunReport& report) {
  switch (report.outcome) {
    case RunOutcome::kDone:
      return write_status(session, RunPhase::kDone, "");
    case RunOutcome::kRefused:
      return write_status(session, RunPhase::kRefused, report.reason);
    case RunOutcome::kFailed:
    case RunOutcome::kStopped:
      return write_status(session, RunPhase::kFailed, report.reason);
    case RunOutcome::kLockLost:
      return;
  }
}

ExitCode exit_code(RunOutcome outcome) {
  switch (outcome) {
    case RunOutcome::kDone:
      return ExitCode::kDone;
    case RunOutcome::kRefused:
      return ExitCode::kRefused;
    case RunOutcome::kLockLost:
      return ExitCode::kLocked;
    case RunOutcome::kFailed:
    case RunOutcome::kStopped:
      break;
  }
  return ExitCode::kFailed;
}

/// Two hooks that start at the same moment may both take themselves for the first: the connection
/// of one is older, the name of the other. The next look tells them; the loser waits like everybody
/// else.
Turn take_turn(Session& session, Lock& lock) {
  if (lock.check()) {
    return Turn::kMine;
  }
  const LockState state = lock.acquire(session.options.lock_timeout, session.world.stop);
  return state == LockState::kBusy ? Turn::kTaken : Turn::kMineAgain;
}

RunOptions run_options(Session& session, Lock& lock) {
  RunOptions run;
  run.plan.command = plan_command(session.options.command);
  run.plan.data_loss = session.options.accept_data_loss ? DataLoss::kAccept : DataLoss::kRefuse;
  run.mode = session.options.dry_run ? RunMode::kDryRun : RunMode::kApply;
  run.until = session.until;
  run.stop = session.world.stop;
  run.may_write = [&session, &lock] { return take_turn(session, lock); };
  run.move.pace = session.options.fast ? Pace::kFast : Pace::kGentle;
  run.move.bytes_per_second = session.desired.rate_limit_mbps * kMegabyte;
  run.move.username = session.credentials.username;
  run.move.password = session.credentials.password;
  run.move.progress = [&session](const MoveProgress& progress) {
    session.progress->show(progress, *session.log);
  };
  return run;
}

/// For a heal that may not form a cluster itself. Where nobody knows of any slot yet, the first
/// `sync` may be on its way: it gets the time that any other hook gets, and the lock.
void wait_for_first_sync(Session& session) {
  TopologyReader reader(*session.transport, session.clock, session.desired);
  const TimePoint now = session.clock.now();
  const TimePoint until = std::min(
      session.until, now + std::chrono::duration_cast<Duration>(session.options.lock_timeout));
  const auto formed = [&reader] {
    const Snapshot snapshot = reader.read({});
    return std::any_of(snapshot.members.begin(), snapshot.members.end(), knows_an_owner);
  };
  const auto stopped = [&session] { return session.world.stop && session.world.stop(); };
  for (bool told = false; !formed() && session.clock.now() < until && !stopped();) {
    if (!std::exchange(told, true)) {
      session.log->info("waiting",
                        "no node knows of any slot yet: sync may be about to form the cluster");
    }
    session.clock.sleep_until(std::min(until, session.clock.now() + kFirstSyncPoll));
  }
}

void write_metrics(Session& session, const RunReport& report, Duration took) {
  if (session.options.metrics_file.empty()) {
    return;
  }
  const auto now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const std::vector<Metric> metrics{
      {"success", "1 if the last run brought the cluster to its desired state.",
       report.outcome == RunOutcome::kDone ? 1.0 : 0.0},
      {"refused", "1 if a person must look.", report.outcome == RunOutcome::kRefused ? 1.0 : 0.0},
      {"last_run_timestamp_seconds", "When the last run ended.", now},
      {"duration_seconds", "How long the last run took.", static_cast<double>(took.count()) / 1e6},
      {"rounds", "Looks at the cluster in the last run.", static_cast<double>(report.rounds)},
      {"steps", "Steps that the last run carried out.", static_cast<double>(report.steps)},
      {"slots_moved", "Slots that the last run moved.",
       static_cast<double>(report.moved.slots_done)},
      {"keys_moved", "Keys that the last run moved.", static_cast<double>(report.moved.keys)},
      {"bytes_moved", "Estimated payload of the keys that the last run moved.",
       static_cast<double>(report.moved.bytes)},
  };
  const std::string problem = write_file(
      session.options.metrics_file,
      to_prometheus(metrics, {session.desired.name, session.options.command}), kMetricsMode);
  if (!problem.empty()) {
    session.log->warn("metrics_not_written", problem);
  }
}

void summarize(Session& session, const RunReport& report, Duration took) {
  session.progress->clear();
  Fields fields{{"command", session.options.command},
                {"cluster", session.desired.name},
                {"rounds", report.rounds},
                {"steps", report.steps},
                {"slots_moved", report.moved.slots_done},
                {"keys_moved", report.moved.keys},
                {"bytes_moved", report.moved.bytes},
                {"seconds", static_cast<double>(took.count()) / 1e6}};
  if (report.outcome == RunOutcome::kDone) {
    session.log->info(
        "done", report.steps == 0 ? "nothing had to be done" : "the cluster is as desired", fields);
    return;
  }
  fields.emplace_back("reason", report.reason);
  if (report.refusal) {
    fields.emplace_back("code", report.refusal->code);
    fields.emplace_back("check", report.refusal->check);
  }
  session.log->error(report.outcome == RunOutcome::kRefused ? "refused" : "failed",
                     report.outcome == RunOutcome::kRefused ? "refused: a person must look"
                                                            : "not done; running it again is safe",
                     fields);
}

}  // namespace

ExitCode run_reconcile(Session& session) {
  const TimePoint began = session.clock.now();
  Lock lock(*session.transport, session.clock, *session.log, session.desired.name,
            lock_token(session.clock), all_endpoints(session.desired));
  RunReport report;
  const bool apply = !session.options.dry_run;
  const RunOptions options = run_options(session, lock);
  if (apply && options.plan.command == PlanCommand::kHeal &&
      !may_form(session.desired, options.plan)) {
    wait_for_first_sync(session);
  }
  const LockState state =
      apply ? lock.acquire(session.options.lock_timeout, session.world.stop) : LockState::kHeld;
  if (state != LockState::kHeld) {
    report.outcome = state == LockState::kBusy ? RunOutcome::kLockLost : RunOutcome::kStopped;
    report.reason =
        state == LockState::kBusy ? "another hook works on this cluster" : "asked to stop";
  } else {
    if (session.options.command != "heal") {
      write_status(session, RunPhase::kWorking, "");
    }
    Executor executor(*session.transport, session.clock, *session.log, session.desired, options);
    report = executor.run();
  }
  if (apply) {
    lock.release();
  } else {
    for (const Step& step : report.plan.steps) {
      session.world.out << step_json(report.snapshot, step) << '\n';
    }
  }
  const Duration took = session.clock.now() - began;
  report_status(session, report);
  write_metrics(session, report, took);
  if (apply || report.outcome != RunOutcome::kDone) {
    summarize(session, report, took);
  }
  return exit_code(report.outcome);
}

}  // namespace autocache::hook
