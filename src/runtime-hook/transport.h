#pragma once

// How the hook speaks to cluster nodes: commands go out on lanes (connections), replies come back
// in order per lane. One thread, nothing blocks but poll(). HiredisTransport speaks to real
// servers; tests/fakes has an in-memory cluster.

#include "runtime-hook/clock.h"
#include "runtime-hook/endpoint.h"

#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace autocache::hook {

/// A command and its arguments; binary safe.
using Argv = std::vector<std::string>;

enum class ReplyKind { kNull, kStatus, kError, kInteger, kBulk, kArray };

/// What a server answered, as plain data. An error reply ("-ERR ...") is a Reply too: the server
/// did answer.
struct Reply {
  ReplyKind kind = ReplyKind::kNull;
  std::int64_t integer = 0;
  /// The text of kStatus, kError (without "-") and kBulk.
  std::string text;
  std::vector<Reply> elements;

  bool is_error() const { return kind == ReplyKind::kError; }
  /// True for an error whose text starts with `prefix` ("MOVED", "ERR Unknown node").
  bool is_error(std::string_view prefix) const {
    return is_error() && std::string_view(text).starts_with(prefix);
  }
  bool is_ok() const { return kind == ReplyKind::kStatus && text == "OK"; }
  bool operator==(const Reply&) const = default;
};

enum class FailureKind {
  kTimeout,      ///< no reply, or no connection, in time
  kClosed,       ///< the connection broke
  kRefused,      ///< nobody listens at the address
  kUnreachable,  ///< no route, or another error while connecting
  kNoSuchName,   ///< the host name does not exist (EAI_NONAME)
  kNameServer,   ///< the name server gave no answer (EAI_AGAIN)
  kAuth,         ///< the server refused the password or demands one
  kProtocol,     ///< what came back is not RESP
  kTls,          ///< TLS is asked for and not possible
};

/// Stable lower-case word for logs ("timeout").
std::string_view to_string(FailureKind kind);

/// Why there is no reply. `delivered` tells whether the server may have seen the command; if not, a
/// repeat is always safe.
struct Failure {
  enum class Delivery { kNotSent, kMaybe };
  FailureKind kind = FailureKind::kClosed;
  Delivery delivered = Delivery::kMaybe;
  std::string message;

  bool operator==(const Failure&) const = default;
};

using Outcome = tl::expected<Reply, Failure>;

/// One command for one node. Commands on the same node and lane are answered in the order of
/// submission; several lanes of a node are independent connections. A command that is not answered
/// within `timeout` of its submission (a command behind others waits for them within its own
/// timeout) fails, and its lane's connection is closed with all it carried.
struct Request {
  Endpoint node;
  Argv argv;
  int lane = 0;
  std::chrono::milliseconds timeout{5000};
};

using Ticket = std::uint64_t;

struct Completion {
  Ticket ticket = 0;
  Outcome outcome;
};

/// A way to reach nodes. Connections are made on demand and made again after a failure.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Queues a command and returns at once; its completion is delivered by exactly one later poll().
  /// Tickets grow.
  virtual Ticket submit(Request request) = 0;

  /// The completions that have arrived, each once; waits for the first one until `until`. Empty at
  /// `until`, and at once if nothing is on its way. Commands leave the process only in here.
  std::vector<Completion> poll(TimePoint until);

  /// Submits `request` and waits for its outcome. Completions of others meanwhile are kept for the
  /// next poll().
  Outcome call(Request request);

  /// Submits all and waits for all; outcomes in the order of `requests`.
  std::vector<Outcome> call_all(std::vector<Request> requests);

  /// The IP addresses of a host, in the resolver's order; an address is its own answer. Fails with
  /// kNoSuchName or kNameServer.
  virtual tl::expected<std::vector<std::string>, Failure> resolve(const std::string& host) = 0;

  /// Closes every connection to `node`; what is on its way fails with kClosed at the next poll().
  virtual void disconnect(const Endpoint& node) = 0;

 protected:
  /// poll() without what call() put aside.
  virtual std::vector<Completion> poll_new(TimePoint until) = 0;

 private:
  std::vector<Completion> kept_;
};

}  // namespace autocache::hook
