#pragma once

// Transport to real servers, over hiredis and poll(2). Only hiredis_lane.cpp knows hiredis.

#include "runtime-hook/transport.h"
#include "runtime-hook/transport_options.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace autocache::hook {

class HiredisLane;

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
  struct LaneKey {
    Endpoint node;
    int lane = 0;
    auto operator<=>(const LaneKey&) const = default;  // NOLINT(modernize-use-nullptr)
  };

  bool busy() const;
  void wait(TimePoint until);

  Clock& clock_;
  TransportOptions options_;
  std::uint64_t sent_ = 0;
  Ticket next_ticket_ = 1;
  std::vector<Completion> arrived_;
  std::map<LaneKey, std::unique_ptr<HiredisLane>> lanes_;
};

}  // namespace autocache::hook
