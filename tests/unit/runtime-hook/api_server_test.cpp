#include "runtime-hook/api_server.h"

#include "support/catch.h"

#include <map>

namespace autocache::hook {
namespace {

TEST_CASE("an HTTP reply is its status and its body") {
  const auto reply = parse_http_reply("HTTP/1.0 404 Not Found\r\nContent-Length: 2\r\n\r\n{}rest");
  REQUIRE(reply);
  CHECK(reply->code == 404);
  CHECK(reply->body == "{}");
  const auto to_the_end = parse_http_reply("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it");
  REQUIRE(to_the_end);
  CHECK(to_the_end->body == "all of it");
}

TEST_CASE("what is no whole HTTP reply is an error") {
  for (const char* text :
       {"", "HTTP/1.0 200 OK\r\n", "SSH-2.0\r\n\r\n", "HTTP/1.0 x\r\n\r\n", "HTTP/1.0 99 x\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nfour",
        "HTTP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
    INFO(text);
    CHECK_FALSE(parse_http_reply(text));
  }
}

TEST_CASE("the API server is where the kubelet says") {
  std::map<std::string, std::string> environment{{"KUBERNETES_SERVICE_HOST", "10.0.0.1"}};
  const auto get = [&](const std::string& name) { return environment[name]; };
  CHECK_FALSE(api_server_from(get));
  environment["KUBERNETES_SERVICE_PORT"] = "443";
  auto server = api_server_from(get);
  REQUIRE(server);
  CHECK(server->host == "10.0.0.1");
  CHECK(server->port == 443);
  CHECK(server->token_file == "/var/run/secrets/kubernetes.io/serviceaccount/token");
  environment["AUTOCACHE_SERVICE_ACCOUNT"] = "/elsewhere";
  CHECK(api_server_from(get)->ca_file == "/elsewhere/ca.crt");
}

TEST_CASE("a missing token or an address where nobody listens is an error") {
  const auto no_token = call({"127.0.0.1", 1, "/nowhere/ca.crt", "/nowhere/token"},
                             {"GET", "/", "", ""}, std::chrono::milliseconds(100));
  REQUIRE_FALSE(no_token);
  if (api_supported()) {
    CHECK(no_token.error().find("/nowhere/token") != std::string::npos);
  }
}

}  // namespace
}  // namespace autocache::hook
