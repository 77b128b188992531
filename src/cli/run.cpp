#include "cli/run.h"

#include "base/text.h"
#include "cli/command.h"
#include "cli/complete.h"
#include "cli/print.h"

#include <algorithm>
#include <exception>
#include <ostream>

namespace autocache::cli {
namespace {

void print_help(std::ostream& out) {
  out << "autocache renders the Kubernetes manifests of Redis-compatible cache clusters from "
         "AutoCache specs,\n"
         "offline and deterministically.\n\n"
         "Usage: autocache COMMAND [OPTIONS]\n\nCommands:\n";
  std::size_t width = 0;
  for (const Command& command : commands()) width = std::max(width, command.name.size());
  for (const Command& command : commands()) {
    out << "  " << command.name << std::string(width + 3 - command.name.size(), ' ')
        << command.summary << '\n';
  }
  out << "\nOptions:\n"
         "  -h, --help      Print this help\n"
         "      --version   Print the version\n"
         "\nExamples:\n"
         "  autocache init > cache.yaml\n"
         "  autocache validate cache.yaml\n"
         "  autocache render cache.yaml | kubectl apply -f -\n"
         "\nRun 'autocache COMMAND --help' for the options of a command.\n"
         "Exit codes: 0 fine, 1 the input is wrong, 2 wrong usage.\n";
}

ExitCode dispatch(const Arguments& arguments, Io& io) {
  if (arguments.empty()) {
    print_help(io.err);
    return ExitCode::kUsage;
  }
  std::string first = arguments.front();
  Arguments rest(arguments.begin() + 1, arguments.end());
  if (first == "--help" || first == "-h" || (first == "help" && rest.empty())) {
    print_help(io.out);
    return ExitCode::kOk;
  }
  if (first == "help") {
    first = rest.front();
    rest = {"--help"};
  }
  if (first == "--version") first = "version";
  if (first == kCompleteCommand) return run_complete(rest, io);

  std::vector<std::string_view> names;
  for (const Command& command : commands()) {
    if (command.name == first) return command.run(rest, io);
    names.push_back(command.name);
  }
  const auto near = closest(first, names);
  print_error(io, (first.starts_with("-") ? "unknown option " : "unknown command ") + first,
              near ? "did you mean '" + std::string(*near) + "'?" : "run 'autocache --help'");
  return ExitCode::kUsage;
}

}  // namespace

ExitCode run(const std::vector<std::string>& arguments, Io& io) {
  try {
    const ExitCode code = dispatch(arguments, io);
    io.out.flush();
    if (!io.out) {
      print_error(io, "cannot write the output", "is the disk full, or did the reader go away?");
      return ExitCode::kInput;
    }
    return code;
  } catch (const std::exception& error) {
    print_error(io, std::string("internal error: ") + error.what(),
                "this is a bug in autocache; please report it");
    return ExitCode::kInternal;
  }
}

}  // namespace autocache::cli
