// Readiness of a server that has just started in a cluster (probe readiness --peers).

#include "fakes/scenario.h"
#include "runtime-hook/pod_commands.h"
#include "support/catch.h"

#include <sstream>

namespace autocache::hook {
namespace {

using std::chrono::seconds;

/// The headless Service names every server that runs.
class PodTransport final : public FakeTransport {
 public:
  explicit PodTransport(FakeCluster& cluster, std::size_t size)
      : FakeTransport(cluster), cluster_(cluster), size_(size) {}
  tl::expected<std::vector<std::string>, Failure> resolve(const std::string& host) override {
    if (host != "peers") {
      return FakeTransport::resolve(host);
    }
    std::vector<std::string> ips;
    for (const std::size_t i : first(size_)) {
      ips.push_back(cluster_.at(i).address().ip);
    }
    return ips;
  }

 private:
  FakeCluster& cluster_;
  std::size_t size_;
};

struct Pods : Scenario {
  explicit Pods(std::size_t primaries) : Scenario(primaries, 20), transport(cluster, primaries) {}
  void move(std::size_t i) {
    cluster.at(i).restart({"10.1.0." + std::to_string(i + 1), 6379}, FakeServer::Disk::kKept);
  }
  bool is_ready(std::size_t i) {
    Options options;
    options.words = {"readiness"};
    options.node = cluster.at(i).address().ip;
    options.peers = "peers";
    std::ostringstream problems;
    const bool ready = run_probe(options, transport, problems) == ExitCode::kDone;
    said = problems.str();
    return ready;
  }
  /// Where server `i` believes server `other` to be.
  std::string known(std::size_t i, std::size_t other) {
    for (const FakeRow& row : cluster.at(i).rows()) {
      if (row.id == cluster.at(other).id()) {
        return row.at.ip;
      }
    }
    return {};
  }

  PodTransport transport;
  std::string said;
};

}  // namespace

TEST_CASE("servers that restart together are led to each other before they are ready") {
  Pods pods(5);
  pods.cluster.run_for(seconds(60));
  CHECK(pods.is_ready(0));
  // Three go on, so that cluster_state is ok everywhere.
  pods.move(3);
  pods.move(4);
  pods.cluster.run_for(std::chrono::milliseconds(200));
  REQUIRE(pods.cluster.at(3).state_ok());
  REQUIRE(pods.known(3, 4) == "10.0.0.5");
  CHECK_FALSE(pods.is_ready(3));
  CHECK(pods.said.find("has just started and waits for its cluster") != std::string::npos);
  pods.cluster.run_for(std::chrono::milliseconds(200));
  CHECK(pods.known(3, 4) == "10.1.0.5");
  CHECK(pods.is_ready(3));
  pods.is_ready(4);
  pods.cluster.run_for(std::chrono::milliseconds(200));
  CHECK(pods.known(4, 3) == "10.1.0.4");
  CHECK(pods.is_ready(4));
}

TEST_CASE("a server whose peers do not answer is ready when it serves") {
  Pods pods(5);
  pods.cluster.run_for(seconds(60));
  pods.move(3);
  pods.move(4);
  pods.cluster.at(4).alive = false;
  pods.cluster.run_for(std::chrono::milliseconds(200));
  REQUIRE(pods.cluster.at(3).state_ok());
  CHECK(pods.is_ready(3));
}

}  // namespace autocache::hook
