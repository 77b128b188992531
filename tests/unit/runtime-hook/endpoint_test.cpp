#include "runtime-hook/endpoint.h"

#include "support/catch.h"

namespace autocache::hook {

TEST_CASE("an endpoint is host, port and bus port, with the usual defaults") {
  CHECK(parse_endpoint("cache-0.cache-headless:6379@16379") ==
        Endpoint{"cache-0.cache-headless", 6379, 16379});
  CHECK(parse_endpoint("cache-0:7000") == Endpoint{"cache-0", 7000, 17000});
  CHECK(parse_endpoint("cache-0") == Endpoint{"cache-0", 6379, 16379});
  CHECK(parse_endpoint("10.0.0.1:7000@9") == Endpoint{"10.0.0.1", 7000, 9});
  CHECK(parse_endpoint("[::1]:6379@16379") == Endpoint{"::1", 6379, 16379});
  CHECK(parse_endpoint("[fd00::7]") == Endpoint{"fd00::7", 6379, 16379});
  CHECK(parse_endpoint("fd00::7@7") == Endpoint{"fd00::7", 6379, 7});
  CHECK(parse_endpoint("a:60000@1") == Endpoint{"a", 60000, 1});
}

TEST_CASE("text that is no endpoint is refused") {
  const auto* text = GENERATE("", ":6379", "a:", "a:0", "a:65536", "a:60000", "a:x", "a:1@",
                              "a:1@x", "[::1", "[::1]x", "[::1]:", "[host]:1", "a:b:1", "a:1 ");
  CAPTURE(text);
  CHECK_FALSE(parse_endpoint(text).has_value());
}

TEST_CASE("an IPv6 address is written in brackets") {
  CHECK(to_string(Endpoint{"::1", 1, 2}) == "[::1]:1");
  CHECK(to_string(Endpoint{"a", 1, 2}) == "a:1");
}

}  // namespace autocache::hook
