#include "runtime-hook/info.h"
#include "runtime-hook/pod_commands.h"
#include "runtime-hook/rejoin.h"

namespace autocache::hook {
namespace {

constexpr std::chrono::milliseconds kProbeTimeout{1500};
constexpr std::chrono::milliseconds kPeerTimeout{300};
/// How long after its start a server may wait for its cluster. Bounded, because what is broken for
/// longer is repaired by Jobs that may themselves wait for ready Pods (design 3.5). Servers wait up
/// to two seconds themselves before they serve again (CLUSTER_WRITABLE_DELAY).
constexpr int kStartSeconds = 30;

bool has_just_started(std::string_view info) {
  return leading_number(info_field(info, "uptime_in_seconds"), kStartSeconds) < kStartSeconds;
}

/// True if the server's cluster is on its way and clients would get CLUSTERDOWN until then, or if
/// it has just heard where some of its peers are.
bool is_joining(const Options& options,
                const Endpoint& node,
                Transport& transport,
                std::chrono::milliseconds timeout) {
  const auto peers = parse_endpoint(options.peers);
  const Outcome cluster = transport.call({node, {"CLUSTER", "INFO"}, 0, timeout});
  if (!peers || !cluster || cluster->is_error()) {
    return false;
  }
  const bool serves = info_field(cluster->text, "cluster_state") == "ok";
  const Rejoin found = rejoin(node, *peers, transport, std::min(timeout, kPeerTimeout));
  return found == Rejoin::kIntroduced || (found == Rejoin::kMember && !serves);
}

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
  const Outcome info = transport.call({node, {"INFO"}, 0, timeout});
  if (!info || info->is_error()) {
    return fail(info ? info->text : info.error().message);
  }
  if (has_just_started(info->text) && is_joining(options, node, transport, timeout)) {
    return fail("the server has just started and waits for its cluster");
  }
  if (info_field(info->text, "role") == "slave" &&
      info_field(info->text, "master_link_status") != "up") {
    return fail("the link to the primary is down");
  }
  return ExitCode::kDone;
}

}  // namespace autocache::hook
