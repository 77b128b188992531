#pragma once

// What `plan` and `diff` share: their inputs and how they end.

#include "cli/arguments.h"
#include "plan/plan.h"

#include <optional>
#include <string>

namespace autocache::cli {

struct PlanOptions {
  std::string before;
  std::string after;
  bool recursive = false;
  std::string current;
  std::string kube_version;
  plan::Request request;
  bool detailed_exit_code = false;
  ColourMode colour = ColourMode::kAuto;
};

/// OLD, NEW and the options of both commands.
void add_plan_options(CLI::App& app, PlanOptions& options);

/// Reads the inputs and makes the plan; every problem is printed. Nothing if there was an error.
std::optional<plan::Plan> make_plan(PlanOptions& options, Io& io);

/// The code of a command that did not get past its arguments: with --detailed-exitcode 2 means
/// changes, so wrong usage is 1.
ExitCode plan_usage_code(ExitCode code, const Arguments& arguments);

/// 0, or with --detailed-exitcode 2 where there are changes.
ExitCode plan_exit_code(const PlanOptions& options, const plan::Plan& plan);

}  // namespace autocache::cli
