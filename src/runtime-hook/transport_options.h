#pragma once

// How the hook presents itself to the servers: timeouts, credentials, TLS.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

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

}  // namespace autocache::hook
