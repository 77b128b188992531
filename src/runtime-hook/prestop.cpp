#include "runtime-hook/cluster_nodes.h"
#include "runtime-hook/info.h"
#include "runtime-hook/pod_commands.h"

#include <algorithm>
#include <vector>

namespace autocache::hook {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kCommandTimeout{2000};
constexpr milliseconds kDefaultTimeout{25'000};
constexpr Duration kPoll{50'000};
/// How long one replica gets for a failover before the next one is tried; servers give up after
/// five seconds.
constexpr Duration kFailoverTime{6'000'000};
/// The name of the connection by which a terminating server's own prestop tells others not to
/// choose it.
constexpr const char* kTerminatingName = "autocache-hook-prestop";

struct Candidate {
  Endpoint at;
  std::int64_t offset = 0;
  bool same_version = false;
};

class Handover {
 public:
  Handover(Endpoint node, Transport& transport, Clock& clock, Log& log, TimePoint until)
      : node_(std::move(node)), transport_(transport), clock_(clock), log_(log), until_(until) {}

  ExitCode run() {
    transport_.call({node_, {"CLIENT", "SETNAME", kTerminatingName}, 0, kCommandTimeout});
    while (clock_.now() < until_) {
      const auto info = ask_info(node_);
      if (!info) {
        log_.warn("prestop_unreachable", "the server does not answer, nothing to hand over");
        return ExitCode::kFailed;
      }
      if (info_field(*info, "role") != "master") {
        log_.info("prestop_done", handed_over_ ? "the replica is the primary now"
                                               : "not a primary, nothing to hand over");
        return ExitCode::kDone;
      }
      if (!owns_slots()) {
        // No replica of an empty primary ever wins an election (cluster.c
        // clusterHandleSlaveFailover).
        log_.info("prestop_done", "the primary owns no slot, nothing to hand over");
        return ExitCode::kDone;
      }
      if (attached_replicas(*info).empty()) {
        log_.info("prestop_done", "no replica is attached, nothing to hand over");
        return ExitCode::kDone;
      }
      fail_over(*info);
      pause();
    }
    log_.error("prestop_failed", "no replica has taken over in time");
    return ExitCode::kFailed;
  }

 private:
  std::optional<std::string> ask_info(const Endpoint& at) {
    Outcome info = transport_.call({at, {"INFO"}, 0, kCommandTimeout});
    return info && !info->is_error() ? std::optional(std::move(info->text)) : std::nullopt;
  }

  /// False only if the server itself says that it owns none.
  bool owns_slots() {
    const Outcome answer = transport_.call({node_, {"CLUSTER", "NODES"}, 0, kCommandTimeout});
    const std::vector<NodeLine> nodes = read_cluster_nodes(answer);
    const NodeLine* self = myself_of(nodes);
    return self == nullptr || self->owns_slots();
  }

  static std::string_view version_of(const std::string& info) {
    const std::string_view valkey = info_field(info, "valkey_version");
    return valkey.empty() ? info_field(info, "redis_version") : valkey;
  }

  static bool has_attached(const std::string& info, const Endpoint& at) {
    const std::vector<AttachedReplica> attached = attached_replicas(info);
    return std::any_of(attached.begin(), attached.end(), [&](const AttachedReplica& replica) {
      return replica.host == at.host && replica.port == at.port;
    });
  }

  bool is_terminating(const Endpoint& at) {
    const Outcome clients = transport_.call({at, {"CLIENT", "LIST"}, 0, kCommandTimeout});
    return !clients ||
           clients->text.find(std::string("name=") + kTerminatingName) != std::string::npos;
  }

  /// Replicas that may take over, the best one first. A server never hands data to an older one:
  /// that one could not read its RDB when the roles change back.
  std::vector<Candidate> candidates(const std::string& own) {
    std::vector<Candidate> found;
    for (const AttachedReplica& replica : attached_replicas(own)) {
      if (!replica.online) {
        continue;
      }
      const Endpoint at{replica.host, replica.port, 0};
      const auto info = ask_info(at);
      if (!info || is_terminating(at)) {
        continue;
      }
      if (info_field(*info, "master_link_status") == "up" &&
          parse_version(version_of(*info)) >= parse_version(version_of(own))) {
        found.push_back({at, replica.offset, version_of(*info) == version_of(own)});
      }
    }
    std::stable_sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
      return a.same_version != b.same_version ? a.same_version : a.offset > b.offset;
    });
    return found;
  }

  void fail_over(const std::string& own) {
    for (const Candidate& candidate : candidates(own)) {
      const Outcome asked =
          transport_.call({candidate.at, {"CLUSTER", "FAILOVER"}, 0, kCommandTimeout});
      if (!asked || asked->is_error()) {
        log_.warn("failover_refused", "a replica refused to take over",
                  {{"replica", to_string(candidate.at)},
                   {"error", asked ? asked->text : asked.error().message}});
        continue;
      }
      log_.info("failover_started", "handing over to a replica",
                {{"replica", to_string(candidate.at)}});
      const TimePoint give_up = std::min(until_, clock_.now() + kFailoverTime);
      while (clock_.now() < give_up) {
        const auto info = ask_info(node_);
        if (info && info_field(*info, "role") == "slave") {
          handed_over_ = true;
          return;
        }
        // Its Pod ends, too: a terminating server is only known as such while its prestop runs.
        if (info && !has_attached(*info, candidate.at) && !ask_info(candidate.at)) {
          log_.warn("failover_gone", "the replica has gone before it took over",
                    {{"replica", to_string(candidate.at)}});
          break;
        }
        pause();
      }
    }
  }

  void pause() { clock_.sleep_until(std::min(until_, clock_.now() + kPoll)); }

  Endpoint node_;
  Transport& transport_;
  Clock& clock_;
  Log& log_;
  TimePoint until_;
  bool handed_over_ = false;
};

}  // namespace

ExitCode run_prestop(const Options& options, Transport& transport, Clock& clock, Log& log) {
  const auto timeout = options.timeout.value_or(kDefaultTimeout);
  return Handover(*parse_endpoint(options.node), transport, clock, log,
                  clock.now() + std::chrono::duration_cast<Duration>(timeout))
      .run();
}

}  // namespace autocache::hook
