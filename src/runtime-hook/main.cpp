#include "runtime-hook/cluster_commands.h"
#include "runtime-hook/pod_commands.h"
#include "runtime-hook/session.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#ifndef AUTOCACHE_VERSION
#error "AUTOCACHE_VERSION comes from the build"
#endif

namespace autocache::hook {
namespace {

volatile std::sig_atomic_t stop_signal = 0;

void on_signal(int signal) {
  stop_signal = signal;
}

ExitCode usage_error(Surroundings& world, const std::string& problem, const std::string& command) {
  world.err << "autocache-hook: error: " << problem << '\n'
            << "autocache-hook: hint: autocache-hook " << (command.empty() ? "" : command + " ")
            << "--help\n";
  return ExitCode::kUsage;
}

ExitCode run_in_pod(const Options& options, Surroundings& world) {
  if (options.command == "prepare") {
    if (options.in.empty() || options.out.empty()) {
      return usage_error(world, "--in and --out are needed", options.command);
    }
    return run_prepare(options, world.environment("POD_IP"), world.err);
  }
  if (options.command == "probe" &&
      (options.words.size() != 1 ||
       (options.words[0] != "liveness" && options.words[0] != "readiness"))) {
    return usage_error(world, "say liveness or readiness", options.command);
  }
  SystemClock clock;
  auto transport = make_node_transport(options, world, clock);
  if (!transport) {
    return transport.error();
  }
  if (options.command == "probe") {
    return run_probe(options, **transport, world.err);
  }
  const auto log = make_log(options, world, {});
  return run_prestop(options, **transport, clock, *log);
}

ExitCode run(const std::vector<std::string>& arguments, Surroundings& world) {
  const auto options = parse_options(arguments);
  if (!options) {
    return usage_error(world, options.error(), "");
  }
  if (options->help) {
    world.out << help_text(options->command);
    return ExitCode::kDone;
  }
  if (!options->words.empty() && options->command != "probe") {
    return usage_error(world, "unexpected argument " + options->words[0], options->command);
  }
  if (options->command == "version") {
    world.out << "autocache-hook " << AUTOCACHE_VERSION
              << (tls_supported() ? " (with TLS)" : " (without TLS)") << '\n';
    return ExitCode::kDone;
  }
  if (options->command == "prepare" || options->command == "probe" ||
      options->command == "prestop") {
    return run_in_pod(*options, world);
  }
  const auto session = make_session(*options, world);
  if (!session) {
    return session.error();
  }
  if (options->command == "status") {
    return run_status(**session);
  }
  return options->command == "tier" ? run_tier(**session) : run_reconcile(**session);
}

}  // namespace
}  // namespace autocache::hook

int main(int count, char** values) {
  using namespace autocache::hook;
  // A name server that does not answer may cost a second or two, not half a minute.
  setenv("RES_OPTIONS", "timeout:1 attempts:2", 0);
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  Surroundings world{std::cout, std::cerr, isatty(STDERR_FILENO) != 0,
                     [](const std::string& name) {
                       const char* value = std::getenv(name.c_str());
                       return std::string(value == nullptr ? "" : value);
                     },
                     [] { return stop_signal != 0; }};
  return static_cast<int>(run({values + 1, values + count}, world));
}
