#pragma once

// Transport to real servers, over hiredis and poll(2). Only hiredis_transport.cpp knows hiredis.

#include "runtime-hook/transport.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace autocache::hook {

/// Who the hook is to the servers. Without a password no AUTH is sent; with an empty user name it
/// is `AUTH password`.
struct Credentials {
  std::string username;
  std::string password;
};

/// Files in PEM form; an empty name means the system's default (CA) or none (certificate, key).
struct TlsOptions {
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
};

struct TransportOptions {
  std::chrono::milliseconds connect_timeout{3000};
  Credentials credentials;
  /// Set on every connection (CLIENT SETNAME) if not empty; blanks are not allowed.
  std::string client_name;
  std::optional<TlsOptions> tls;
  /// The process kills itself with SIGKILL right after this many commands were sent (crash tests);
  /// 0: never.
  std::uint64_t crash_after = 0;
};

/// True if this build can speak TLS (hiredis 1.0 or newer with its ssl library).
bool tls_supported();

/// Connections are opened by the first command for a lane and again after a failure. AUTH and
/// CLIENT SETNAME go ahead of the first command; a server that knows no AUTH, or has no password
/// set, is used without.
class HiredisTransport final : public Transport {
 public:
  HiredisTransport(Clock& clock, TransportOptions options);
  ~HiredisTransport() override;
  HiredisTransport(const HiredisTransport&) = delete;
  HiredisTransport& operator=(const HiredisTransport&) = delete;

  Ticket submit(Request request) override;
  tl::expected<std::vector<std::string>, Failure> resolve(const std::string& host) override;
  void disconnect(const Endpoint& node) override;

 protected:
  std::vector<Completion> poll_new(TimePoint until) override;

 private:
  class Lane;
  struct LaneKey {
    Endpoint node;
    int lane = 0;
    auto operator<=>(const LaneKey&) const = default;
  };

  bool busy() const;
  void wait(TimePoint until);

  Clock& clock_;
  TransportOptions options_;
  std::uint64_t sent_ = 0;
  Ticket next_ticket_ = 1;
  std::vector<Completion> arrived_;
  std::map<LaneKey, std::unique_ptr<Lane>> lanes_;
};

}  // namespace autocache::hook
