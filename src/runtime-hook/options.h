#pragma once

// The command line of autocache-hook as data. Parsing is pure; what is wrong with it is told in the
// words of the usage text.

#include "runtime-hook/log.h"

#include <tl/expected.hpp>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace autocache::hook {

enum class ExitCode {
  kDone = 0,
  kFailed = 1,  ///< safe to try again
  kUsage = 2,
  kRefused = 3,  ///< a person must look
  kLocked = 4,   ///< another hook works on this cluster
};

enum class OutputFormat { kText, kJson };

/// Everything that any command takes; each command names what it allows.
struct Options {
  std::string command;
  /// The words after the command that are no options ("liveness").
  std::vector<std::string> words;
  std::string desired;
  std::string node;
  std::string peers;
  std::string in;
  std::string out;
  std::string install;
  std::string password_file;
  std::string username;
  std::string tls_ca_file;
  std::string metrics_file;
  OutputFormat output = OutputFormat::kText;
  std::optional<LogFormat> log;
  std::chrono::milliseconds lock_timeout{60'000};
  std::optional<std::chrono::milliseconds> timeout;
  std::chrono::milliseconds interval{2000};
  bool dry_run = false;
  bool fast = false;
  bool accept_data_loss = false;
  bool watch = false;
  bool status = false;
  bool verbose = false;
  bool help = false;
};

/// One command of the program.
struct CommandInfo {
  std::string_view name;
  std::string_view summary;
  /// How it is called, without the program's name.
  std::string_view usage;
  /// The names of the options that it takes, without "--".
  std::vector<std::string_view> options;
  std::string_view details;
  std::string_view examples;
};

/// All commands, in the order of the help text.
const std::vector<CommandInfo>& commands();

/// The command of that name, or null.
const CommandInfo* find_command(std::string_view name);

/// Reads the arguments after the program's name. The error is a sentence without a period.
tl::expected<Options, std::string> parse_options(std::span<const std::string> arguments);

/// The help text of the program, or of one command.
std::string help_text(std::string_view command);

}  // namespace autocache::hook
