#pragma once

// --status: keeps the status of the AutoCache resource true. It is a report, not a part of the
// work: what goes wrong with it is logged and changes no exit code.

#include "runtime-hook/resource_status.h"
#include "runtime-hook/session.h"

namespace autocache::hook {

/// Looks at the cluster and writes what it sees to the API server. Does nothing unless the options
/// ask for it. A resource that does not exist is no problem: then the manifests were rendered from
/// a file that was not applied.
void write_status(Session& session, RunPhase phase, const std::string& message);

}  // namespace autocache::hook
