#include "runtime-hook/hiredis_transport.h"
#include "support/catch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace autocache::hook {
namespace {

/// A socket that accepts connections and never says anything.
class SilentServer {
 public:
  SilentServer() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(bind(socket_, plain, size) == 0);
    REQUIRE(listen(socket_, 8) == 0);
    REQUIRE(getsockname(socket_, plain, &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { close(socket_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

TEST_CASE("TLS that is not possible fails at once, by name, and sends nothing in plain text") {
  const SilentServer server;
  SystemClock clock;
  TransportOptions options;
  options.tls = TlsOptions{"/nonexistent/ca.pem", "", ""};
  options.credentials.password = "secret";
  HiredisTransport transport(clock, options);
  const Outcome outcome = transport.call(
      {{"127.0.0.1", server.port(), 0}, {"PING"}, 0, std::chrono::milliseconds(5000)});
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().kind == FailureKind::kTls);
  CHECK(outcome.error().delivered == Failure::Delivery::kNotSent);
  const std::string expected = tls_supported() ? "127.0.0.1:" : "was built without TLS";
  CHECK(outcome.error().message.find(expected) != std::string::npos);
}

}  // namespace
}  // namespace autocache::hook
