#pragma once

// Steps as commands and as text: which server gets which words. Pure.

#include "runtime-hook/snapshot.h"
#include "runtime-hook/step.h"
#include "runtime-hook/transport.h"

#include <string>
#include <vector>

namespace autocache::hook {

/// A command for the server that is `member`.
struct NodeCommand {
  int member = -1;
  Argv argv;
};

/// The commands of `step`, in order. Empty for MoveSlots, BringHome and CopyFunctions, which are
/// more than a list of commands.
std::vector<NodeCommand> commands_of(const Snapshot& snapshot, const Step& step);

/// The members that get a write command from `step`.
std::vector<int> written_members(const Step& step);

/// True if `error` says that what `step` wants is so already.
bool is_done_already(const Step& step, const Reply& error);

/// "meet", "add_slots" ...: the stable name of a step's kind.
std::string_view step_name(const Step& step);

/// The step by node IDs and slots, the same for the same wish in any snapshot.
std::string step_key(const Snapshot& snapshot, const Step& step);

/// One line of `--dry-run`: the step as a JSON object.
std::string step_json(const Snapshot& snapshot, const Step& step);

}  // namespace autocache::hook
