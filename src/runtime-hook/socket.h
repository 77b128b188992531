#pragma once

// The little of BSD sockets that the hook needs: names to addresses, and a TCP connection that is
// made without blocking.

#include "runtime-hook/transport.h"

#include <tl/expected.hpp>

#include <string>
#include <vector>

namespace autocache::hook {

/// The IP addresses of `host` in the resolver's order; an address is its own answer. kNoSuchName
/// (EAI_NONAME, EAI_NODATA) or kNameServer (anything else: no answer is not an answer).
tl::expected<std::vector<std::string>, Failure> resolve_host(const std::string& host);

/// Starts a non-blocking connection and returns its file descriptor, which the caller closes.
/// Becomes writable when the connection is made or has failed: then ask connection_failure().
tl::expected<int, Failure> start_connection(const std::string& address, std::uint16_t port);

/// The failure of a connection attempt on `fd` that has become writable; kind kClosed with an empty
/// message if it is up.
Failure connection_failure(int fd, const std::string& where);

}  // namespace autocache::hook
