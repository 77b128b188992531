#pragma once

// The table of commands: the whole registry. One line a command in commands.cpp, one file
// cmd_<name>.cpp each.

#include "cli/run.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace autocache::cli {

using Arguments = std::vector<std::string>;

struct Command {
  std::string_view name;
  std::string_view summary;
  /// Runs the command with the arguments after its name.
  ExitCode (*run)(const Arguments& arguments, Io& io);
};

/// All commands in the order of `autocache --help`.
std::span<const Command> commands();

ExitCode run_argocd(const Arguments& arguments, Io& io);
ExitCode run_chart(const Arguments& arguments, Io& io);
ExitCode run_completion(const Arguments& arguments, Io& io);
ExitCode run_crd(const Arguments& arguments, Io& io);
ExitCode run_diff(const Arguments& arguments, Io& io);
ExitCode run_explain(const Arguments& arguments, Io& io);
ExitCode run_fn(const Arguments& arguments, Io& io);
ExitCode run_init(const Arguments& arguments, Io& io);
ExitCode run_plan(const Arguments& arguments, Io& io);
ExitCode run_render(const Arguments& arguments, Io& io);
ExitCode run_schema(const Arguments& arguments, Io& io);
ExitCode run_validate(const Arguments& arguments, Io& io);
ExitCode run_version(const Arguments& arguments, Io& io);

}  // namespace autocache::cli
