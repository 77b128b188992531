#include "runtime-hook/log.h"
#include "runtime-hook/options.h"
#include "runtime-hook/pod_commands.h"
#include "support/catch.h"

#include <map>
#include <string>
#include <utility>

namespace autocache::hook {
namespace {

using Answers = std::map<std::string, std::string>;

/// Servers with fixed answers by host, "OK" to other commands; nobody else answers.
class FixedServers final : public Transport {
 public:
  explicit FixedServers(std::map<std::string, Answers> servers) : servers_(std::move(servers)) {}

  /// From CLUSTER FAILOVER on, these are there in place of the servers before.
  void after_failover(std::map<std::string, Answers> servers) { later_ = std::move(servers); }

  Ticket submit(Request request) override {
    const Failure silent{FailureKind::kRefused, Failure::Delivery::kNotSent, "refused"};
    Outcome outcome = tl::unexpected(silent);
    if (const auto server = servers_.find(request.node.host); server != servers_.end()) {
      std::string command = request.argv[0];
      for (std::size_t i = 1; i < request.argv.size(); ++i) {
        command += " " + request.argv[i];
      }
      const auto answer = server->second.find(command);
      outcome = answer == server->second.end() ? Reply{ReplyKind::kStatus, 0, "OK", {}}
                                               : Reply{ReplyKind::kBulk, 0, answer->second, {}};
      if (command == "CLUSTER FAILOVER") {
        servers_ = later_;
      }
    }
    done_.push_back({++last_, std::move(outcome)});
    return last_;
  }
  tl::expected<std::vector<std::string>, Failure> resolve(const std::string& host) override {
    return std::vector<std::string>{host};
  }
  void disconnect(const Endpoint&) override {}

 protected:
  std::vector<Completion> poll_new(TimePoint) override { return std::exchange(done_, {}); }

 private:
  std::map<std::string, Answers> servers_;
  std::map<std::string, Answers> later_;
  Ticket last_ = 0;
  std::vector<Completion> done_;
};

const std::string kPrimary = "redis_version:7.0.15\r\nrole:master\r\n";
const std::string kItsReplica = "slave0:ip=127.0.0.2,port=6379,state=online,offset=5,lag=0\r\n";
const Answers kReplica{{"INFO", "redis_version:7.0.15\r\nrole:slave\r\nmaster_link_status:up\r\n"}};

Answers primary(const std::string& slots, const std::string& replica) {
  return {
      {"INFO", kPrimary + replica},
      {"CLUSTER NODES", "aaa 127.0.0.1:6379@16379 myself,master - 0 0 1 connected" + slots + "\n"}};
}

ExitCode stop(FixedServers& servers) {
  Options options;
  options.node = "127.0.0.1:6379";
  options.timeout = std::chrono::milliseconds(120);
  SystemClock clock;
  NullLog log;
  return run_prestop(options, servers, clock, log);
}

ExitCode stop(const std::string& slots) {
  FixedServers servers({{"127.0.0.1", primary(slots, kItsReplica)}});
  return stop(servers);
}

TEST_CASE("a primary that owns no slot hands nothing over") {
  CHECK(stop("") == ExitCode::kDone);
  // A slot on its way here belongs to another one still.
  CHECK(stop(" [5-<-bbb]") == ExitCode::kDone);
}

TEST_CASE("a primary with slots waits for its replica until the time is over") {
  CHECK(stop(" 0-5 [5->-bbb]") == ExitCode::kFailed);
}

TEST_CASE("a primary does not wait for a replica that goes before it has taken over") {
  FixedServers servers({{"127.0.0.1", primary(" 0-5", kItsReplica)}, {"127.0.0.2", kReplica}});
  servers.after_failover({{"127.0.0.1", primary(" 0-5", "")}});
  CHECK(stop(servers) == ExitCode::kDone);
}

TEST_CASE("a primary waits for a replica that has left it and answers still") {
  FixedServers servers({{"127.0.0.1", primary(" 0-5", kItsReplica)}, {"127.0.0.2", kReplica}});
  servers.after_failover({{"127.0.0.1", primary(" 0-5", "")}, {"127.0.0.2", kReplica}});
  CHECK(stop(servers) == ExitCode::kFailed);
}

}  // namespace
}  // namespace autocache::hook
