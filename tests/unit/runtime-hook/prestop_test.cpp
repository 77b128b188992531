#include "runtime-hook/log.h"
#include "runtime-hook/options.h"
#include "runtime-hook/pod_commands.h"
#include "support/catch.h"

#include <map>
#include <string>
#include <utility>

namespace autocache::hook {
namespace {

/// One server with fixed answers; nobody else answers.
class FixedServer final : public Transport {
 public:
  FixedServer(Endpoint at, std::map<std::string, std::string> answers)
      : at_(std::move(at)), answers_(std::move(answers)) {}

  Ticket submit(Request request) override {
    const Failure silent{FailureKind::kRefused, Failure::Delivery::kNotSent, "refused"};
    Outcome outcome = tl::unexpected(silent);
    if (request.node.host == at_.host) {
      std::string command = request.argv[0];
      for (std::size_t i = 1; i < request.argv.size(); ++i) {
        command += " " + request.argv[i];
      }
      const auto answer = answers_.find(command);
      outcome = answer == answers_.end() ? Reply{ReplyKind::kStatus, 0, "OK", {}}
                                         : Reply{ReplyKind::kBulk, 0, answer->second, {}};
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
  Endpoint at_;
  std::map<std::string, std::string> answers_;
  Ticket last_ = 0;
  std::vector<Completion> done_;
};

ExitCode stop(const std::string& slots) {
  FixedServer server({"127.0.0.1", 6379, 0},
                     {{"INFO",
                       "redis_version:7.0.15\r\nrole:master\r\n"
                       "slave0:ip=127.0.0.2,port=6379,state=online,offset=5,lag=0\r\n"},
                      {"CLUSTER NODES",
                       "aaa 127.0.0.1:6379@16379 myself,master - 0 0 1 connected" + slots + "\n"}});
  Options options;
  options.node = "127.0.0.1:6379";
  options.timeout = std::chrono::milliseconds(120);
  SystemClock clock;
  NullLog log;
  return run_prestop(options, server, clock, log);
}

TEST_CASE("a primary that owns no slot hands nothing over") {
  CHECK(stop("") == ExitCode::kDone);
  // A slot on its way here belongs to another one still.
  CHECK(stop(" [5-<-bbb]") == ExitCode::kDone);
}

TEST_CASE("a primary with slots waits for its replica until the time is over") {
  CHECK(stop(" 0-5 [5->-bbb]") == ExitCode::kFailed);
}

}  // namespace
}  // namespace autocache::hook
