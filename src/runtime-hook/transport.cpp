#include "runtime-hook/transport.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace autocache::hook {

std::string_view to_string(FailureKind kind) {
  switch (kind) {
    case FailureKind::kTimeout:
      return "timeout";
    case FailureKind::kClosed:
      return "closed";
    case FailureKind::kRefused:
      return "refused";
    case FailureKind::kUnreachable:
      return "unreachable";
    case FailureKind::kNoSuchName:
      return "no_such_name";
    case FailureKind::kNameServer:
      return "name_server";
    case FailureKind::kAuth:
      return "auth";
    case FailureKind::kProtocol:
      return "protocol";
    case FailureKind::kTls:
      return "tls";
  }
  return "unknown";
}

std::vector<Completion> Transport::poll(TimePoint until) {
  if (!kept_.empty()) {
    return std::exchange(kept_, {});
  }
  return poll_new(until);
}

Outcome Transport::call(Request request) {
  std::vector<Request> one;
  one.push_back(std::move(request));
  return std::move(call_all(std::move(one)).front());
}

std::vector<Outcome> Transport::call_all(std::vector<Request> requests) {
  const Failure lost{FailureKind::kClosed, Failure::Delivery::kMaybe,
                     "the transport dropped the command"};
  std::vector<Outcome> outcomes(requests.size(), Outcome(tl::unexpect, lost));
  std::unordered_map<Ticket, std::size_t> waiting;
  waiting.reserve(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    waiting.emplace(submit(std::move(requests[i])), i);
  }
  while (!waiting.empty()) {
    std::vector<Completion> arrived = poll_new(TimePoint::max());
    if (arrived.empty()) {
      break;
    }
    for (Completion& completion : arrived) {
      const auto found = waiting.find(completion.ticket);
      if (found == waiting.end()) {
        kept_.push_back(std::move(completion));
      } else {
        outcomes[found->second] = std::move(completion.outcome);
        waiting.erase(found);
      }
    }
  }
  return outcomes;
}

}  // namespace autocache::hook
