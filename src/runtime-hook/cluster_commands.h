#pragma once

// The commands on a whole cluster: sync, gate, heal, tier and status, from a session to an exit
// code.

#include "runtime-hook/options.h"
#include "runtime-hook/session.h"

namespace autocache::hook {

/// sync, gate or heal: takes the lock, reconciles, reports.
ExitCode run_reconcile(Session& session);

/// Applies the live configuration (memory limit, eviction policy ...) and reads it back; names what
/// cannot change.
ExitCode run_tier(Session& session);

/// Prints what the cluster looks like, once or again and again.
ExitCode run_status(Session& session);

}  // namespace autocache::hook
