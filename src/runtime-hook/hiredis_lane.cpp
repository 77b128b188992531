#include "runtime-hook/hiredis_lane.h"

#include <hiredis/hiredis.h>
#ifdef AUTOCACHE_HAVE_HIREDIS_SSL
#include <hiredis/hiredis_ssl.h>
#endif

#include "runtime-hook/hiredis_transport.h"
#include "runtime-hook/socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

namespace autocache::hook {
namespace {

/// The plain data of a hiredis reply. Kinds of RESP3 that the hook never asks for become their
/// nearest RESP2 kind.
Reply to_reply(const redisReply& from) {
  Reply reply;
  switch (from.type) {
    case REDIS_REPLY_STATUS:
      reply.kind = ReplyKind::kStatus;
      break;
    case REDIS_REPLY_ERROR:
      reply.kind = ReplyKind::kError;
      break;
    case REDIS_REPLY_INTEGER:
      reply.kind = ReplyKind::kInteger;
      reply.integer = from.integer;
      return reply;
    case REDIS_REPLY_NIL:
      return reply;
    case REDIS_REPLY_ARRAY:
      reply.kind = ReplyKind::kArray;
      reply.elements.reserve(from.elements);
      for (std::size_t i = 0; i < from.elements; ++i) {
        reply.elements.push_back(to_reply(*from.element[i]));
      }
      return reply;
    default:
      reply.kind = ReplyKind::kBulk;
      break;
  }
  reply.text.assign(from.str, from.len);
  return reply;
}

bool is_harmless_auth_error(const Reply& reply) {
  return reply.is_error("ERR unknown command") ||
         reply.is_error("ERR AUTH <password> called without any password") ||
         reply.is_error("ERR Client sent AUTH, but no password is set");
}

#ifdef AUTOCACHE_HAVE_HIREDIS_SSL
const char* or_null(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}
#endif

Failure make_failure(FailureKind kind, Failure::Delivery delivered, std::string message) {
  return Failure{kind, delivered, std::move(message)};
}

}  // namespace

void HiredisLane::FreeContext::operator()(redisContext* context) const {
  redisFree(context);
}

bool tls_supported() {
#ifdef AUTOCACHE_HAVE_HIREDIS_SSL
  return true;
#else
  return false;
#endif
}

struct HiredisLane::Tls {
#ifdef AUTOCACHE_HAVE_HIREDIS_SSL
  struct Free {
    void operator()(redisSSLContext* context) const { redisFreeSSLContext(context); }
  };
  std::unique_ptr<redisSSLContext, Free> context;
#endif
};

HiredisLane::HiredisLane(Endpoint node, const TransportOptions& options)
    : node_(std::move(node)), options_(options) {}

HiredisLane::~HiredisLane() = default;

void HiredisLane::submit(Ticket ticket, Argv argv, TimePoint deadline) {
  waiting_.push_back(Command{ticket, deadline, Purpose::kUser, std::move(argv)});
  first_deadline_ = std::min(first_deadline_, deadline);
}

int HiredisLane::fd() const {
  return context_ ? context_->fd : -1;
}

short HiredisLane::events() const {
  const bool more_to_write = state_ == State::kConnecting || has_output_;
  return static_cast<short>(POLLIN | (more_to_write ? POLLOUT : 0));
}

TimePoint HiredisLane::next_deadline() const {
  return state_ == State::kConnecting ? std::min(first_deadline_, connect_deadline_)
                                      : first_deadline_;
}

void HiredisLane::advance(TimePoint now, std::uint64_t& sent, std::vector<Completion>& arrived) {
  if (waiting_.empty() && !has_output_) {
    return;
  }
  if (state_ == State::kReady && sent_.empty() && !has_output_ && closed_by_peer()) {
    const TimePoint deadline = first_deadline_;
    close();
    first_deadline_ = deadline;
  }
  if (state_ == State::kIdle) {
    open(now, arrived);
  }
  if (state_ == State::kReady) {
    write(sent, arrived);
  }
}

void HiredisLane::on_ready(short revents, std::uint64_t& sent, std::vector<Completion>& arrived) {
  if (state_ == State::kConnecting) {
    const Failure failure = connection_failure(fd(), to_string(node_));
    if (!failure.message.empty()) {
      fail_all(failure, arrived);
      return;
    }
    if (!begin(arrived)) {
      return;
    }
  }
  if ((revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
    read(arrived);
  }
  if (state_ == State::kReady) {
    write(sent, arrived);
  }
}

void HiredisLane::expire(TimePoint now, std::vector<Completion>& arrived) {
  if (now < next_deadline()) {
    return;
  }
  if (state_ == State::kConnecting && now >= connect_deadline_) {
    fail_all(make_failure(FailureKind::kTimeout, Failure::Delivery::kNotSent,
                          to_string(node_) + ": no connection in time"),
             arrived);
    return;
  }
  first_deadline_ = TimePoint::max();
  const auto note = [&](const Command& command) {
    first_deadline_ = std::min(first_deadline_, command.deadline);
  };
  std::for_each(sent_.begin(), sent_.end(), note);
  std::for_each(waiting_.begin(), waiting_.end(), note);
  if (now >= first_deadline_) {
    fail_all(make_failure(FailureKind::kTimeout, Failure::Delivery::kMaybe,
                          to_string(node_) + ": no reply in time"),
             arrived);
  }
}

void HiredisLane::fail_all(const Failure& failure, std::vector<Completion>& arrived) {
  for (const Command& command : sent_) {
    if (command.purpose == Purpose::kUser) {
      arrived.push_back({command.ticket, tl::unexpected(failure)});
    }
  }
  Failure unsent = failure;
  unsent.delivered = Failure::Delivery::kNotSent;
  for (const Command& command : waiting_) {
    arrived.push_back({command.ticket, tl::unexpected(unsent)});
  }
  sent_.clear();
  waiting_.clear();
  close();
}

void HiredisLane::close() {
  context_.reset();
  tls_.reset();
  state_ = State::kIdle;
  has_output_ = false;
  first_deadline_ = TimePoint::max();
}

/// True if the idle connection has been closed meanwhile (idle timeout, restart): then nothing was
/// lost yet.
bool HiredisLane::closed_by_peer() const {
  char byte = 0;
  const auto got = recv(fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void HiredisLane::open(TimePoint now, std::vector<Completion>& arrived) {
  const auto addresses = resolve_host(node_.host);
  if (!addresses) {
    fail_all(addresses.error(), arrived);
    return;
  }
  if (next_address_ >= addresses->size()) {
    next_address_ = 0;
  }
  const auto fd = start_connection((*addresses)[next_address_++], node_.port);
  if (!fd) {
    fail_all(fd.error(), arrived);
    return;
  }
  context_.reset(redisConnectFd(*fd));
  if (!context_) {
    ::close(*fd);
    fail_all(make_failure(FailureKind::kUnreachable, Failure::Delivery::kNotSent, "out of memory"),
             arrived);
    return;
  }
  context_->flags &= ~REDIS_BLOCK;
  state_ = State::kConnecting;
  connect_deadline_ = now + std::chrono::duration_cast<Duration>(options_.connect_timeout);
}

/// Called when the TCP connection is up: TLS, then AUTH and the name ahead of everything else.
bool HiredisLane::begin(std::vector<Completion>& arrived) {
  --next_address_;  // this address works
  state_ = State::kReady;
  if (options_.tls && !start_tls(arrived)) {
    return false;
  }
  const auto& [user, password] = options_.credentials;
  if (!password.empty()) {
    send_internal(Purpose::kAuth,
                  user.empty() ? Argv{"AUTH", password} : Argv{"AUTH", user, password});
  }
  if (!options_.client_name.empty()) {
    send_internal(Purpose::kName, {"CLIENT", "SETNAME", options_.client_name});
  }
  return true;
}

bool HiredisLane::start_tls(std::vector<Completion>& arrived) {
  std::string problem =
      "this program was built without TLS (hiredis 1.0 or newer with its ssl library is needed)";
#ifdef AUTOCACHE_HAVE_HIREDIS_SSL
  redisInitOpenSSL();
  redisSSLContextError code = REDIS_SSL_CTX_NONE;
  const TlsOptions& files = *options_.tls;
  tls_ = std::make_unique<Tls>();
  tls_->context.reset(redisCreateSSLContext(
      or_null(files.ca_file), nullptr, or_null(files.cert_file), or_null(files.key_file),
      is_address(node_.host) ? nullptr : node_.host.c_str(), &code));
  if (tls_->context &&
      redisInitiateSSLWithContext(context_.get(), tls_->context.get()) == REDIS_OK) {
    return true;
  }
  problem =
      tls_->context ? std::string(context_->errstr) : std::string(redisSSLContextGetError(code));
#endif
  fail_all(make_failure(FailureKind::kTls, Failure::Delivery::kNotSent,
                        to_string(node_) + ": " + problem),
           arrived);
  return false;
}

void HiredisLane::send_internal(Purpose purpose, const Argv& argv) {
  append(argv);
  sent_.push_back(Command{0, TimePoint::max(), purpose, {}});
}

void HiredisLane::append(const Argv& argv) {
  std::vector<const char*> parts;
  std::vector<std::size_t> sizes;
  parts.reserve(argv.size());
  sizes.reserve(argv.size());
  for (const std::string& part : argv) {
    parts.push_back(part.data());
    sizes.push_back(part.size());
  }
  redisAppendCommandArgv(context_.get(), static_cast<int>(argv.size()), parts.data(), sizes.data());
  has_output_ = true;
}

void HiredisLane::write(std::uint64_t& sent, std::vector<Completion>& arrived) {
  const bool one_by_one = options_.crash_after != 0;
  do {
    const std::size_t count =
        one_by_one ? std::min<std::size_t>(1, waiting_.size()) : waiting_.size();
    for (std::size_t i = 0; i < count; ++i) {
      append(waiting_.front().argv);
      waiting_.front().argv = {};
      sent_.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    if (!flush(arrived)) {
      return;
    }
    sent += count;
    if (one_by_one && count != 0 && sent >= options_.crash_after) {
      kill(getpid(), SIGKILL);
    }
  } while (one_by_one && !waiting_.empty());
}

/// False if the connection is gone or the socket is full (crash tests wait for it instead).
bool HiredisLane::flush(std::vector<Completion>& arrived) {
  int done = 0;
  while (has_output_) {
    if (redisBufferWrite(context_.get(), &done) != REDIS_OK) {
      fail_io(arrived);
      return false;
    }
    if (done != 0) {
      has_output_ = false;
    } else if (options_.crash_after != 0) {
      pollfd one{fd(), POLLOUT, 0};
      ::poll(&one, 1, 1000);
    } else {
      return true;
    }
  }
  return true;
}

void HiredisLane::read(std::vector<Completion>& arrived) {
  if (redisBufferRead(context_.get()) != REDIS_OK) {
    fail_io(arrived);
    return;
  }
  while (context_) {
    void* raw = nullptr;
    if (redisGetReplyFromReader(context_.get(), &raw) != REDIS_OK) {
      fail_io(arrived);
      return;
    }
    if (raw == nullptr) {
      return;
    }
    auto* parsed = static_cast<redisReply*>(raw);
    Reply reply = to_reply(*parsed);
    freeReplyObject(parsed);
    if (sent_.empty()) {
      fail_all(make_failure(FailureKind::kProtocol, Failure::Delivery::kMaybe,
                            to_string(node_) + ": an answer to nothing"),
               arrived);
      return;
    }
    deliver(std::move(reply), arrived);
  }
}

void HiredisLane::deliver(Reply reply, std::vector<Completion>& arrived) {
  const Command command = std::move(sent_.front());
  sent_.pop_front();
  if (command.purpose == Purpose::kUser) {
    if (reply.is_error("NOAUTH")) {
      arrived.push_back(
          {command.ticket,
           tl::unexpected(make_failure(FailureKind::kAuth, Failure::Delivery::kNotSent,
                                       to_string(node_) + ": the server demands a password"))});
    } else {
      arrived.push_back({command.ticket, std::move(reply)});
    }
  } else if (command.purpose == Purpose::kAuth && reply.is_error() &&
             !is_harmless_auth_error(reply)) {
    fail_all(make_failure(FailureKind::kAuth, Failure::Delivery::kNotSent,
                          to_string(node_) + ": " + reply.text),
             arrived);
  }
}

void HiredisLane::fail_io(std::vector<Completion>& arrived) {
  const bool protocol = context_->err == REDIS_ERR_PROTOCOL;
  fail_all(make_failure(protocol ? FailureKind::kProtocol : FailureKind::kClosed,
                        Failure::Delivery::kMaybe, to_string(node_) + ": " + context_->errstr),
           arrived);
}

}  // namespace autocache::hook
