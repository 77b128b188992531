#pragma once

// The MIGRATE command and what its errors mean, for every mover that uses it.

#include "runtime-hook/mover.h"

#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace autocache::hook {

enum class OnConflict {
  kReplace,  ///< the destination's value is overwritten: the source is the owner, so its value is
             ///< the newer one
  kKeep,     ///< BUSYKEY for keys that the destination has
};

/// MIGRATE of `keys` (all of one slot) to `to`, with the login of `options`. It may block the
/// source for a third of the node timeout at a time; `patience` multiplies that.
Argv migrate_command(const MoveNode& to,
                     std::span<const std::string> keys,
                     const MoveOptions& options,
                     OnConflict conflict,
                     int patience);

/// True for errors that no repetition will change: no memory at the destination, no permission,
/// another format.
bool is_permanent_error(std::string_view error);

}  // namespace autocache::hook
