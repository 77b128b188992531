#include "runtime-hook/endpoint.h"

#include "base/number.h"

#include <arpa/inet.h>

namespace autocache::hook {
namespace {

constexpr int kBusPortOffset = 10000;
constexpr int kMaxPort = 65535;

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto value = parse_number<std::uint16_t>(text);
  return value && *value > 0 ? value : std::nullopt;
}

}  // namespace

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  Endpoint result;
  std::optional<std::uint16_t> bus;
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    bus = parse_port(text.substr(at + 1));
    if (!bus) {
      return std::nullopt;
    }
    text = text.substr(0, at);
  }
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) {
      return std::nullopt;
    }
    result.host = text.substr(1, close - 1);
    const auto rest = text.substr(close + 1);
    if (!rest.empty() && (rest.front() != ':' || rest.size() == 1)) {
      return std::nullopt;
    }
    port = rest.empty() ? rest : rest.substr(1);
    if (!is_address(result.host)) {
      return std::nullopt;
    }
  } else if (is_address(text)) {
    result.host = text;
  } else {
    const auto colon = text.rfind(':');
    result.host = text.substr(0, colon);
    if (colon != std::string_view::npos) {
      port = text.substr(colon + 1);
      if (port.empty()) {
        return std::nullopt;
      }
    }
  }
  if (result.host.empty() ||
      (result.host.find(':') != std::string::npos && !is_address(result.host))) {
    return std::nullopt;
  }
  if (!port.empty()) {
    const auto number = parse_port(port);
    if (!number) {
      return std::nullopt;
    }
    result.port = *number;
  }
  if (!bus && result.port > kMaxPort - kBusPortOffset) {
    return std::nullopt;
  }
  result.bus_port = bus.value_or(static_cast<std::uint16_t>(result.port + kBusPortOffset));
  return result;
}

std::string to_string(const Endpoint& endpoint) {
  const bool six = endpoint.host.find(':') != std::string::npos;
  return (six ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

bool is_address(std::string_view host) {
  const std::string text(host);
  in6_addr address{};
  return inet_pton(AF_INET, text.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace autocache::hook
