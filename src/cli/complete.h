#pragma once

// Shell completion: the scripts ask `autocache __complete WORDS...`, so that they never go stale.

#include "cli/command.h"

#include <string>
#include <string_view>
#include <vector>

namespace autocache::cli {

/// The hidden command that completion scripts run.
inline constexpr std::string_view kCompleteCommand = "__complete";

/// The hidden argument that makes Parser::parse print the options of its command, a line each:
/// names, separated by commas, the type of the value (empty for a flag, "a|b" for a choice), and
/// the help text, separated by tabs.
inline constexpr std::string_view kListOptions = "--__list-options";

/// Prints what the last of `words` (those after the program's name) can become: a candidate a line,
/// then a tab and what it means. Nothing where a file name is wanted.
ExitCode run_complete(const Arguments& words, Io& io);

}  // namespace autocache::cli
