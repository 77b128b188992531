#include "runtime-hook/migrate_command.h"
#include "runtime-hook/mover.h"
#include "runtime-hook/mover_loop.h"

#include <algorithm>

namespace autocache::hook {
namespace {

constexpr int kKeysPerFetch = 1000;
constexpr int kMaxRounds = 1000;
constexpr std::chrono::milliseconds kCommandTimeout{60'000};

/// One slot at a time, blocking: keys outside their owner are rare and few.
class Homecoming {
 public:
  Homecoming(Transport& transport,
             Clock& clock,
             const Move& move,
             const MoveOptions& options,
             MoveReport& report)
      : transport_(transport), clock_(clock), move_(move), options_(options), report_(report) {}

  /// Empty, or why the keys of `slot` are not all at home.
  std::string bring(int slot) {
    const std::string number = std::to_string(slot);
    // MIGRATE of a slot that a server does not own needs the slot open there.
    std::string problem =
        at_source({"CLUSTER", "SETSLOT", number, "IMPORTING", move_.destination.id});
    for (int round = 0; problem.empty() && round < kMaxRounds; ++round) {
      const Outcome keys = transport_.call(
          source({"CLUSTER", "GETKEYSINSLOT", number, std::to_string(kKeysPerFetch)}));
      problem = problem_of(keys);
      if (problem.empty() && keys->elements.empty()) {
        return at_source({"CLUSTER", "SETSLOT", number, "STABLE"});
      }
      if (problem.empty()) {
        problem = send(keys->elements);
      }
    }
    return problem.empty() ? "the keys do not leave" : problem;
  }

 private:
  Request source(Argv argv) const {
    return {move_.source.endpoint, std::move(argv), 0, kCommandTimeout};
  }
  std::string at_source(Argv argv) { return problem_of(transport_.call(source(std::move(argv)))); }

  std::string send(const std::vector<Reply>& found) {
    std::vector<std::string> keys;
    keys.reserve(found.size());
    for (const Reply& key : found) {
      keys.push_back(key.text);
    }
    const Outcome moved = transport_.call(
        source(migrate_command(move_.destination, keys, options_, OnConflict::kKeep, 1)));
    const std::string problem = problem_of(moved);
    if (problem.empty()) {
      report_.done.keys += static_cast<std::int64_t>(keys.size());
      return {};
    }
    return problem.find("BUSYKEY") == std::string::npos ? problem : drop_duplicates(keys);
  }

  /// Deletes those of `keys` here that the owner has too. An old answer of the owner will not do:
  /// another hook may have made the source the owner since, with the only copy.
  std::string drop_duplicates(const std::vector<std::string>& keys) {
    for (int question = 1; question <= kMaxQuestions; ++question) {
      const TimePoint asked = clock_.now();
      std::vector<Request> drop = drops_of(keys);
      if (clock_.now() - asked > fresh_for(question)) {
        continue;
      }
      for (const Outcome& outcome : transport_.call_all(std::move(drop))) {
        if (!problem_of(outcome).empty()) {
          return problem_of(outcome);
        }
      }
      return {};
    }
    return "the answers of the owner take too long";
  }

  /// What deletes here those of `keys` that the owner has at this moment.
  std::vector<Request> drops_of(const std::vector<std::string>& keys) {
    std::vector<Request> questions;
    questions.reserve(keys.size());
    for (const std::string& key : keys) {
      questions.push_back({move_.destination.endpoint, {"EXISTS", key}, 0, kCommandTimeout});
    }
    const auto exists = transport_.call_all(std::move(questions));
    std::vector<Request> drops;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (exists[i] && exists[i]->kind == ReplyKind::kInteger && exists[i]->integer == 1) {
        drops.push_back(source({"ASKING"}));
        drops.push_back(source({"DEL", keys[i]}));
      }
    }
    return drops;
  }

  Transport& transport_;
  Clock& clock_;
  const Move& move_;
  const MoveOptions& options_;
  MoveReport& report_;
};

}  // namespace

MoveReport bring_home(Transport& transport,
                      Clock& clock,
                      Log& log,
                      const std::vector<Move>& moves,
                      const MoveOptions& options) {
  MoveLoop loop(transport, clock);
  MoveContext context{loop, log, options, {}, {}};
  for (const Move& move : moves) {
    context.report.done.slots_total += move.slots.size();
    if (options.method == MoveMethod::kAutoCache) {
      bring_home_by_copy(context, move);
      continue;
    }
    Homecoming homecoming(transport, clock, move, options, context.report);
    for (const int slot : move.slots.slots()) {
      if (context.stopping()) {
        break;
      }
      const std::string problem = homecoming.bring(slot);
      if (problem.empty()) {
        context.moved(1, 0, 0);
      } else {
        context.failed(move.source, move.destination, slot, problem, is_permanent_error(problem));
      }
    }
  }
  return std::move(context.report);
}

}  // namespace autocache::hook
