#pragma once

// Where a node of the cluster listens: the host as the desired state writes it (a name or an
// address), the Redis port and the cluster bus port.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace autocache::hook {

/// A node's place. `host` is a DNS name, an IPv4 address or an IPv6 address without brackets.
struct Endpoint {
  std::string host;
  std::uint16_t port = 6379;
  std::uint16_t bus_port = 16379;

  auto operator<=>(const Endpoint&) const =
      default;  // NOLINT(modernize-use-nullptr): a false alarm of clang-tidy 14
  bool operator==(const Endpoint&) const = default;
};

/// `host[:port][@bus]`, with IPv6 in brackets as soon as a port follows (`[::1]:6379@16379`, also
/// plain `::1`). The port defaults to 6379 and the bus port to port + 10000. Nothing if the text is
/// no such endpoint.
std::optional<Endpoint> parse_endpoint(std::string_view text);

/// `host:port`, with brackets around an IPv6 address; the bus port is left out.
std::string to_string(const Endpoint& endpoint);

/// True if `host` is an IPv4 or IPv6 address, not a name.
bool is_address(std::string_view host);

}  // namespace autocache::hook
