#pragma once

// What a command on a whole cluster works with: the desired state, the way to the servers, the log,
// the progress view, the request to stop. Made once from the command line and the environment.

#include "runtime-hook/clock.h"
#include "runtime-hook/desired.h"
#include "runtime-hook/hiredis_transport.h"
#include "runtime-hook/log.h"
#include "runtime-hook/options.h"
#include "runtime-hook/progress_view.h"

#include <functional>
#include <memory>
#include <ostream>
#include <string>

namespace autocache::hook {

/// The world outside, as main() finds it.
struct Surroundings {
  std::ostream& out;
  std::ostream& err;
  /// True if `err` is a terminal.
  bool terminal = false;
  /// The value of an environment variable, empty if unset.
  std::function<std::string(const std::string&)> environment;
  /// True once the process was asked to stop (SIGTERM, SIGINT).
  std::function<bool()> stop;
};

/// Members are used by reference from each other, so a session stays where it was made.
struct Session {
  Options options;
  Desired desired;
  /// The login of the servers; also goes into MIGRATE.
  Credentials credentials;
  Surroundings& world;
  SystemClock clock;
  std::unique_ptr<ProgressView> progress;
  std::unique_ptr<StreamLog> log;
  std::unique_ptr<HiredisTransport> transport;
  /// The end of the run's time.
  TimePoint until;

  explicit Session(Surroundings& surroundings) : world(surroundings) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
};

/// The session of a command that takes --desired. The error has been printed; it is the exit code.
tl::expected<std::unique_ptr<Session>, ExitCode> make_session(const Options& options,
                                                              Surroundings& world);

/// The transport of a command that takes --node. The error has been printed.
tl::expected<std::unique_ptr<HiredisTransport>, ExitCode> make_node_transport(
    const Options& options, Surroundings& world, Clock& clock);

/// A log on `world.err` in the format that the options ask for, or that fits a terminal or a Pod.
std::unique_ptr<StreamLog> make_log(const Options& options,
                                    Surroundings& world,
                                    std::function<void()> before_line);

}  // namespace autocache::hook
