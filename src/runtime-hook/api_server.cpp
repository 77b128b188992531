#include "runtime-hook/api_server.h"

#include "base/number.h"
#include "base/text.h"
#include "runtime-hook/files.h"
#include "runtime-hook/socket.h"

#include <fmt/format.h>

#include <poll.h>
#include <unistd.h>

#include <charconv>
#include <memory>

#ifdef AUTOCACHE_HAVE_OPENSSL
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#endif

namespace autocache::hook {

tl::expected<ApiServer, std::string> api_server_from(
    const std::function<std::string(const std::string&)>& environment) {
  ApiServer server;
  server.host = environment("KUBERNETES_SERVICE_HOST");
  const std::string port = environment("KUBERNETES_SERVICE_PORT");
  std::from_chars(port.data(), port.data() + port.size(), server.port);
  if (server.host.empty() || server.port == 0) {
    return tl::unexpected(std::string(
        "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no Pod"));
  }
  std::string folder = environment("AUTOCACHE_SERVICE_ACCOUNT");
  if (folder.empty()) {
    folder = "/var/run/secrets/kubernetes.io/serviceaccount";
  }
  server.ca_file = folder + "/ca.crt";
  server.token_file = folder + "/token";
  return server;
}

tl::expected<ApiReply, std::string> parse_http_reply(std::string_view text) {
  const auto bad = [](std::string_view what) {
    return tl::unexpected(fmt::format("the API server's reply is no HTTP: {}", what));
  };
  const std::size_t head_end = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.") || head_end == std::string_view::npos) {
    return bad("no header");
  }
  std::string_view head = text.substr(0, head_end);
  ApiReply reply;
  const std::size_t blank = head.find(' ');
  if (blank == std::string_view::npos ||
      std::from_chars(head.data() + blank + 1, head.data() + head.size(), reply.code).ec !=
          std::errc() ||
      reply.code < 100 || reply.code > 599) {
    return bad("no status");
  }
  reply.body = text.substr(head_end + 4);
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;) {
    const std::size_t next = head.find("\r\n", at + 2);
    const std::string_view line =
        head.substr(at + 2, next == std::string_view::npos ? next : next - at - 2);
    at = next;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      continue;
    }
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trim(line.substr(colon + 1));
    if (to_lower(name) == "transfer-encoding" && to_lower(value) != "identity") {
      return bad("a transfer encoding in answer to HTTP/1.0");
    }
    if (to_lower(name) == "content-length") {
      const auto length = parse_number<std::size_t>(value);
      if (!length) {
        return bad("Content-Length is no number");
      }
      if (reply.body.size() < *length) {
        return tl::unexpected(fmt::format("the API server's reply ends after {} of {} bytes",
                                          reply.body.size(), *length));
      }
      reply.body.resize(*length);
    }
  }
  return reply;
}

#ifdef AUTOCACHE_HAVE_OPENSSL

namespace {

constexpr std::size_t kMaxReply = 8U << 20U;

std::string request_text(const ApiServer& server,
                         const ApiRequest& request,
                         const std::string& token) {
  const bool ipv6 = server.host.find(':') != std::string::npos;
  std::string text = fmt::format(
      "{} {} HTTP/1.0\r\nHost: {}{}{}:{}\r\nAccept: application/json\r\nAuthorization: Bearer "
      "{}\r\n"
      "User-Agent: autocache-hook\r\n",
      request.method, request.path, ipv6 ? "[" : "", server.host, ipv6 ? "]" : "", server.port,
      token);
  if (!request.content_type.empty()) {
    text += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", request.content_type,
                        request.body.size());
  }
  return text + "\r\n" + request.body;
}

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

struct Descriptor {
  int fd = -1;
  explicit Descriptor(int value) : fd(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) {
      close(fd);
    }
  }
};

using SteadyTime = std::chrono::steady_clock::time_point;

/// Waits until `fd` is ready for `events`; false when the time is over.
bool wait_for(int fd, short events, SteadyTime until) {
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return false;
    }
    pollfd one{fd, events, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(left.count()));
    if (ready > 0) {
      return true;
    }
    if (ready == 0 || errno != EINTR) {
      return false;
    }
  }
}

std::string tls_error(const SSL* ssl) {
  if (ssl != nullptr) {
    const long verdict = SSL_get_verify_result(ssl);
    if (verdict != X509_V_OK) {
      return std::string("the certificate is not trusted: ") +
             X509_verify_cert_error_string(verdict);
    }
  }
  const unsigned long code = ERR_get_error();
  return code == 0 ? "the connection was closed" : ERR_reason_error_string(code);
}

/// One TLS connection, driven to its end by a deadline.
class Connection {
 public:
  Connection(SSL* ssl, int fd, SteadyTime until) : ssl_(ssl), fd_(fd), until_(until) {}

  /// Repeats `step` (an SSL_ function) until it is through; false with error() set otherwise.
  template <class Step>
  bool drive(Step step) {
    while (true) {
      ERR_clear_error();
      const int result = step();
      if (result > 0) {
        return true;
      }
      const int why = SSL_get_error(ssl_, result);
      closed_ = why == SSL_ERROR_ZERO_RETURN;
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
        error_ = tls_error(ssl_);
        return false;
      }
      if (!wait_for(fd_, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, until_)) {
        error_ = "no answer in time";
        return false;
      }
    }
  }

  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  SSL* ssl_;
  int fd_;
  SteadyTime until_;
  bool closed_ = false;
  std::string error_;
};

/// The context and the connection, set up to accept nothing but the API server's own certificate.
tl::expected<std::unique_ptr<SSL, Free>, std::string> make_ssl(const ApiServer& server,
                                                               SSL_CTX* context,
                                                               int fd) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_load_verify_locations(context, server.ca_file.c_str(), nullptr) != 1) {
    return tl::unexpected(server.ca_file + ": no certificates to verify the API server with");
  }
  std::unique_ptr<SSL, Free> ssl(SSL_new(context));
  if (!ssl) {
    return tl::unexpected(tls_error(nullptr));
  }
  const bool named =
      is_address(server.host)
          ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), server.host.c_str()) == 1
          : SSL_set1_host(ssl.get(), server.host.c_str()) == 1 &&
                SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                         const_cast<char*>(server.host.c_str())) == 1;
  if (!named || SSL_set_fd(ssl.get(), fd) != 1) {
    return tl::unexpected(tls_error(nullptr));
  }
  return ssl;
}

}  // namespace

tl::expected<ApiReply, std::string> call(const ApiServer& server,
                                         const ApiRequest& request,
                                         std::chrono::milliseconds timeout) {
  const auto until = std::chrono::steady_clock::now() + timeout;
  const auto fail = [&](const std::string& problem) {
    return tl::unexpected(fmt::format("{}:{}: {}", server.host, server.port, problem));
  };
  auto token = read_file(server.token_file);
  if (!token) {
    return tl::unexpected(token.error());
  }
  const auto addresses = resolve_host(server.host);
  if (!addresses) {
    return fail(addresses.error().message);
  }
  const auto started = start_connection(addresses->front(), server.port);
  if (!started) {
    return tl::unexpected(started.error().message);
  }
  const Descriptor socket(*started);
  if (!wait_for(socket.fd, POLLOUT, until)) {
    return fail("no connection in time");
  }
  if (const Failure failure = connection_failure(socket.fd, server.host);
      !failure.message.empty()) {
    return fail(failure.message);
  }
  const std::unique_ptr<SSL_CTX, Free> context(SSL_CTX_new(TLS_client_method()));
  if (!context) {
    return fail(tls_error(nullptr));
  }
  auto ssl = make_ssl(server, context.get(), socket.fd);
  if (!ssl) {
    return fail(ssl.error());
  }
  Connection connection(ssl->get(), socket.fd, until);
  const std::string text = request_text(server, request, std::string(trim(*token)));
  if (!connection.drive([&] { return SSL_connect(ssl->get()); }) || !connection.drive([&] {
        return SSL_write(ssl->get(), text.data(), static_cast<int>(text.size()));
      })) {
    return fail(connection.error());
  }
  std::string reply;
  char buffer[16384];
  int count = 0;
  while (connection.drive([&] { return count = SSL_read(ssl->get(), buffer, sizeof(buffer)); })) {
    reply.append(buffer, static_cast<std::size_t>(count));
    if (reply.size() > kMaxReply) {
      return fail("the reply is too long");
    }
  }
  if (!connection.closed() && reply.empty()) {
    return fail(connection.error());
  }
  return parse_http_reply(reply);
}

bool api_supported() {
  return true;
}

#else

tl::expected<ApiReply, std::string> call(const ApiServer& /*server*/,
                                         const ApiRequest& /*request*/,
                                         std::chrono::milliseconds /*timeout*/) {
  return tl::unexpected(std::string("this program was built without OpenSSL"));
}

bool api_supported() {
  return false;
}

#endif

}  // namespace autocache::hook
