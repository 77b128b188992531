#include "runtime-hook/info.h"
#include "runtime-hook/pod_commands.h"

namespace autocache::hook {
namespace {

constexpr std::chrono::milliseconds kProbeTimeout{1500};

}  // namespace

ExitCode run_probe(const Options& options, Transport& transport, std::ostream& problems) {
  const Endpoint node = *parse_endpoint(options.node);
  const auto timeout = options.timeout.value_or(kProbeTimeout);
  auto fail = [&](const std::string& problem) {
    problems << "autocache-hook: " << options.words.front() << ": " << problem << '\n';
    return ExitCode::kFailed;
  };
  const Outcome ping = transport.call({node, {"PING"}, 0, timeout});
  if (options.words.front() == "liveness") {
    // A server that loads its data, or wants another password, is alive: a restart would not help
    // it.
    const bool alive = ping.has_value() || ping.error().kind == FailureKind::kAuth;
    return alive ? ExitCode::kDone : fail(ping.error().message);
  }
  if (!ping) {
    return fail(ping.error().message);
  }
  if (ping->is_error()) {
    return fail(ping->text);
  }
  const Outcome info = transport.call({node, {"INFO", "replication"}, 0, timeout});
  if (!info || info->is_error()) {
    return fail(info ? info->text : info.error().message);
  }
  const auto values = parse_info(info->text);
  const auto role = values.find("role");
  const auto link = values.find("master_link_status");
  if (role != values.end() && role->second == "slave" &&
      (link == values.end() || link->second != "up")) {
    return fail("the link to the primary is down");
  }
  return ExitCode::kDone;
}

}  // namespace autocache::hook
