#pragma once

// The command line under test, in this process.

#include "cli/run.h"

#include <sstream>
#include <string>
#include <vector>

namespace autocache::testing {

struct CliResult {
  int exit_code = 0;
  std::string out;
  std::string err;
};

/// Runs `autocache ARGUMENTS...` with `in` on stdin and an empty environment.
inline CliResult run_cli(const std::vector<std::string>& arguments, const std::string& in = {}) {
  std::istringstream input(in);
  std::ostringstream out;
  std::ostringstream err;
  cli::Io io{input, out, err};
  const cli::ExitCode code = cli::run(arguments, io);
  return {static_cast<int>(code), out.str(), err.str()};
}

}  // namespace autocache::testing
