#include "runtime-hook/hiredis_transport.h"

#include "runtime-hook/hiredis_lane.h"
#include "runtime-hook/socket.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

namespace autocache::hook {

HiredisTransport::HiredisTransport(Clock& clock, TransportOptions options)
    : clock_(clock), options_(std::move(options)) {
  // hiredis writes with write(2): a connection that the server has closed must be an error, not a
  // signal.
  signal(SIGPIPE, SIG_IGN);
}

HiredisTransport::~HiredisTransport() = default;

Ticket HiredisTransport::submit(Request request) {
  auto& lane = lanes_[LaneKey{request.node, request.lane}];
  if (!lane) {
    lane = std::make_unique<HiredisLane>(request.node, options_);
  }
  const Ticket ticket = next_ticket_++;
  lane->submit(ticket, std::move(request.argv),
               clock_.now() + std::chrono::duration_cast<Duration>(request.timeout));
  return ticket;
}

tl::expected<std::vector<std::string>, Failure> HiredisTransport::resolve(const std::string& host) {
  return resolve_host(host);
}

void HiredisTransport::disconnect(const Endpoint& node) {
  for (auto& [key, lane] : lanes_) {
    if (key.node == node) {
      lane->fail_all(Failure{FailureKind::kClosed, Failure::Delivery::kMaybe,
                             to_string(node) + ": closed by the hook"},
                     arrived_);
    }
  }
}

bool HiredisTransport::busy() const {
  return std::any_of(lanes_.begin(), lanes_.end(),
                     [](const auto& entry) { return entry.second->busy(); });
}

std::vector<Completion> HiredisTransport::poll_new(TimePoint until) {
  while (true) {
    for (auto& [key, lane] : lanes_) {
      lane->advance(clock_.now(), sent_, arrived_);
    }
    if (!arrived_.empty() || !busy()) {
      return std::exchange(arrived_, {});
    }
    wait(until);
    const TimePoint now = clock_.now();
    for (auto& [key, lane] : lanes_) {
      lane->expire(now, arrived_);
    }
    if (!arrived_.empty() || now >= until) {
      return std::exchange(arrived_, {});
    }
  }
}

void HiredisTransport::wait(TimePoint until) {
  std::vector<pollfd> files;
  std::vector<HiredisLane*> owners;
  for (auto& [key, lane] : lanes_) {
    until = std::min(until, lane->next_deadline());
    // Idle connections are watched too: a peer that closes one must not surprise the next command.
    if (lane->fd() >= 0) {
      files.push_back({lane->fd(), lane->events(), 0});
      owners.push_back(lane.get());
    }
  }
  const auto left =
      until == TimePoint::max()
          ? std::chrono::nanoseconds(std::chrono::minutes(1))
          : std::chrono::nanoseconds(std::max(until - clock_.now(), Duration::zero()));
  const timespec timeout{static_cast<time_t>(left.count() / 1'000'000'000),
                         static_cast<long>(left.count() % 1'000'000'000)};
  if (ppoll(files.data(), files.size(), &timeout, nullptr) <= 0) {
    return;
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].revents != 0) {
      owners[i]->on_ready(files[i].revents, sent_, arrived_);
    }
  }
}

}  // namespace autocache::hook
