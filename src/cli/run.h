#pragma once

// The command line as a function, so that tests call it in-process.

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace autocache::cli {

/// What a command's exit tells a script (design.md 8).
enum class ExitCode : int {
  kOk = 0,
  kInput = 1,  ///< the input is wrong; nothing was written
  kUsage = 2,  ///< the command line is wrong; `plan --detailed-exitcode`: there are changes
  kImpactExceeded = 3,  ///< `plan --max-impact`: a change goes further
  kInternal = 70,       ///< a bug in autocache
};

/// The world of a command, except for files.
struct Io {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  /// The value of an environment variable, or null.
  std::function<const char*(const char*)> environment = [](const char*) -> const char* {
    return nullptr;
  };
};

/// Runs `autocache ARGUMENTS...` (without the program's name). Never throws.
ExitCode run(const std::vector<std::string>& arguments, Io& io);

}  // namespace autocache::cli
