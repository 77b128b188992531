#pragma once

// The little of the Kubernetes API that the hook needs with --status: one object is read, its
// status is patched. HTTP/1.0 over TLS, one request a connection, the server's certificate
// verified.

#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace autocache::hook {

/// Where the API server is and who asks, as the kubelet tells every Pod.
struct ApiServer {
  std::string host;
  std::uint16_t port = 0;
  std::string ca_file;
  std::string token_file;
};

/// From KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT and the files of the ServiceAccount (in
/// the folder AUTOCACHE_SERVICE_ACCOUNT, default /var/run/secrets/kubernetes.io/serviceaccount).
/// The error says what is missing.
tl::expected<ApiServer, std::string> api_server_from(
    const std::function<std::string(const std::string&)>& environment);

struct ApiRequest {
  std::string_view method;
  std::string path;
  std::string_view content_type;  ///< empty: no body
  std::string body;
};

struct ApiReply {
  int code = 0;  ///< HTTP status
  std::string body;
};

/// Sends one request. An error means that it is unknown whether the server acted.
tl::expected<ApiReply, std::string> call(const ApiServer& server,
                                         const ApiRequest& request,
                                         std::chrono::milliseconds timeout);

/// Reads an HTTP/1.0 reply: status line, headers, body (Content-Length or up to the end). Pure.
tl::expected<ApiReply, std::string> parse_http_reply(std::string_view text);

/// True if this program was built with OpenSSL; otherwise call() says so.
bool api_supported();

}  // namespace autocache::hook
