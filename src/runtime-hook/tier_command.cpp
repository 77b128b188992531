#include "runtime-hook/cluster_commands.h"
#include "runtime-hook/commands_of.h"
#include "runtime-hook/planner_world.h"
#include "runtime-hook/reader.h"

#include <string>
#include <variant>
#include <vector>

namespace autocache::hook {
namespace {

constexpr std::chrono::milliseconds kCommandTimeout{5000};

/// One look, and what it takes to bring the live configuration to what is wanted.
struct TierPlan {
  Snapshot now;
  Plan plan;
  int servers = 0;
  int autocache = 0;
};

TierPlan look(Session& session, TopologyReader& reader) {
  ReadOptions read;
  read.config = {"*"};
  TierPlan result;
  result.now = reader.read(read);
  const PlanOptions options;
  World world(result.now, session.desired, options);
  for (const int member : world.roster.member_of_node) {
    if (member >= 0) {
      ++result.servers;
      result.autocache += world.at(member).product == Product::kAutocache ? 1 : 0;
    }
  }
  if (result.autocache == 0) {
    plan_config(world);
  }
  result.plan = std::move(world.plan);
  return result;
}

/// Sends the steps; what a server answers shows in the next look, errors are told at once.
void apply(Session& session, const TierPlan& tier) {
  for (const Step& step : tier.plan.steps) {
    for (const NodeCommand& command : commands_of(tier.now, step)) {
      const Endpoint& at = tier.now.endpoint_of(command.member);
      const Outcome outcome = session.transport->call({at, command.argv, 0, kCommandTimeout});
      const std::string problem = !outcome              ? outcome.error().message
                                  : outcome->is_error() ? outcome->text
                                                        : "";
      if (!problem.empty()) {
        session.log->warn("config_refused", "the server refused its live configuration",
                          {{"node", describe(tier.now, command.member)}, {"error", problem}});
      }
    }
    session.log->info("step", step.why, {{"step", step_name(step)}});
  }
}

/// Names what a server did not take.
void complain(Session& session, const TierPlan& tier) {
  for (const Step& step : tier.plan.steps) {
    if (const auto* config = std::get_if<SetConfig>(&step.action)) {
      for (const auto& [directive, value] : config->values) {
        session.log->error("directive_not_set", "the server kept another value",
                           {{"node", describe(tier.now, config->node)},
                            {"directive", directive},
                            {"wanted", value}});
      }
    }
  }
}

}  // namespace

ExitCode run_tier(Session& session) {
  TopologyReader reader(*session.transport, session.clock, session.desired);
  TierPlan tier = look(session, reader);
  if (tier.plan.refusal) {
    session.log->error("refused", tier.plan.refusal->seen,
                       {{"code", tier.plan.refusal->code}, {"check", tier.plan.refusal->check}});
    return ExitCode::kRefused;
  }
  if (session.options.dry_run) {
    for (const Step& step : tier.plan.steps) {
      session.world.out << step_json(tier.now, step) << '\n';
    }
    return ExitCode::kDone;
  }
  if (!tier.plan.steps.empty()) {
    apply(session, tier);
    tier = look(session, reader);
  }
  if (tier.autocache != 0) {
    session.log->warn(
        "tier_not_live",
        "the AutoCache server takes its tier policy from flags only (CONFIG SET answers OK and "
        "changes nothing): it "
        "moves keys between its tiers itself, and a change needs a restart of its Pods",
        {{"nodes", tier.autocache}});
  }
  complain(session, tier);
  const bool fine =
      tier.plan.steps.empty() && tier.servers == static_cast<int>(session.desired.nodes.size());
  if (!fine) {
    session.log->error("tier_failed", "not every node has the wanted configuration",
                       {{"nodes", tier.servers}, {"wanted", session.desired.nodes.size()}});
    return ExitCode::kFailed;
  }
  session.log->info("tier_done", "every node has the wanted configuration",
                    {{"nodes", tier.servers}});
  return ExitCode::kDone;
}

}  // namespace autocache::hook
