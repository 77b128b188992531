#pragma once

// The commands that run inside a server's Pod: prepare, probe and prestop. They need no desired
// state.

#include "runtime-hook/clock.h"
#include "runtime-hook/log.h"
#include "runtime-hook/options.h"
#include "runtime-hook/transport.h"

#include <ostream>
#include <string>

namespace autocache::hook {

/// Writes `--out`: a line that includes `--in` (so that a container that restarts reads the mounted
/// file again), the Pod's address and the password. Copies the running program to `--install`.
/// `pod_ip` is POD_IP, empty if unset.
ExitCode run_prepare(const Options& options, const std::string& pod_ip, std::ostream& problems);

/// The text that run_prepare writes. `password` and `pod_ip` may be empty; `username` names the ACL
/// user of the password.
std::string final_config(const std::string& in,
                         const std::string& pod_ip,
                         const std::string& username,
                         const std::string& password);

/// Liveness: the server answers anything at all. Readiness: it serves commands, and as a replica
/// its link is up; with `--peers`, one that has just started waits for its cluster (rejoin.h).
ExitCode run_probe(const Options& options, Transport& transport, std::ostream& problems);

/// Hands the role of the primary at `--node` over to its most caught-up replica and waits for the
/// change. Does nothing on a replica or without replicas.
ExitCode run_prestop(const Options& options, Transport& transport, Clock& clock, Log& log);

}  // namespace autocache::hook
