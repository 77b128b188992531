#include "runtime-hook/socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace autocache::hook {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

int lookup(const std::string& host, const std::string& service, int flags, Addresses& found) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* list = nullptr;
  const int code =
      getaddrinfo(host.c_str(), service.empty() ? nullptr : service.c_str(), &hints, &list);
  found.reset(list);
  return code;
}

Failure not_sent(FailureKind kind, std::string message) {
  return Failure{kind, Failure::Delivery::kNotSent, std::move(message)};
}

Failure from_errno(int code, const std::string& where) {
  const auto kind = code == ECONNREFUSED ? FailureKind::kRefused
                    : code == ETIMEDOUT  ? FailureKind::kTimeout
                                         : FailureKind::kUnreachable;
  return not_sent(kind, where + ": " + std::strerror(code));
}

void set_option(int fd, int level, int name, int value) {
  setsockopt(fd, level, name, &value, sizeof(value));
}

}  // namespace

tl::expected<std::vector<std::string>, Failure> resolve_host(const std::string& host) {
  if (is_address(host)) {
    return std::vector<std::string>{host};
  }
  Addresses found;
  const int code = lookup(host, "", AI_ADDRCONFIG, found);
  if (code != 0) {
    const bool no_name = code == EAI_NONAME || code == EAI_NODATA || code == EAI_ADDRFAMILY;
    return tl::unexpected(not_sent(no_name ? FailureKind::kNoSuchName : FailureKind::kNameServer,
                                   host + ": " + gai_strerror(code)));
  }
  std::vector<std::string> result;
  for (const addrinfo* entry = found.get(); entry != nullptr; entry = entry->ai_next) {
    char text[NI_MAXHOST];
    if (getnameinfo(entry->ai_addr, entry->ai_addrlen, text, sizeof(text), nullptr, 0,
                    NI_NUMERICHOST) == 0) {
      result.emplace_back(text);
    }
  }
  return result;
}

tl::expected<int, Failure> start_connection(const std::string& address, std::uint16_t port) {
  const Endpoint place{address, port, 0};
  Addresses found;
  if (lookup(address, std::to_string(port), AI_NUMERICHOST | AI_NUMERICSERV, found) != 0) {
    return tl::unexpected(
        not_sent(FailureKind::kUnreachable, to_string(place) + ": no IP address"));
  }
  const int fd =
      ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0) {
    return tl::unexpected(from_errno(errno, to_string(place)));
  }
  constexpr int kIdleSeconds = 15;
  constexpr int kIntervalSeconds = 5;
  constexpr int kProbes = 3;
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, kIdleSeconds);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, kIntervalSeconds);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, kProbes);
  if (connect(fd, found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS) {
    const Failure failure = from_errno(errno, to_string(place));
    close(fd);
    return tl::unexpected(failure);
  }
  return fd;
}

Failure connection_failure(int fd, const std::string& where) {
  int code = 0;
  socklen_t size = sizeof(code);
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0) {
    code = errno;
  }
  return code == 0 ? Failure{FailureKind::kClosed, Failure::Delivery::kNotSent, ""}
                   : from_errno(code, where);
}

}  // namespace autocache::hook
