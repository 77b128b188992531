#include "runtime-hook/rejoin.h"

#include "support/catch.h"

namespace autocache::hook {
namespace {

const std::string kFormedA =
    "aaa 10.0.0.1:6379@16379,cache-0.cache-headless.shop.svc myself,master - 0 0 1 connected "
    "0-8191\n"
    "bbb 10.0.0.2:6379@16379,cache-1.cache-headless.shop.svc,tls-port=0 master - 0 1 2 connected "
    "8192-16383\n";
const std::string kNew =
    "ccc 10.0.0.3:6379@16379,cache-2.cache-headless.shop.svc myself,master - 0 0 0 connected\n";

TEST_CASE("CLUSTER NODES is read with and without host names") {
  const auto nodes =
      parse_known_nodes(kFormedA +
                        "ddd fd00::4:6379@16379 slave,fail aaa 0 0 1 disconnected\n"
                        "eee 10.0.0.5:6379@16379, master - 0 0 1 connected [5->-aaa]\n"
                        "fff 10.0.0.6:6379@16379 handshake - 0 0 0 connected\n"
                        "not a line\n");
  REQUIRE(nodes.size() == 4);
  CHECK(nodes[0].self);
  CHECK(nodes[0].owns_slots);
  CHECK(nodes[0].hostname == "cache-0.cache-headless.shop.svc");
  CHECK(nodes[1].ip == "10.0.0.2");
  CHECK(nodes[1].connected);
  CHECK(nodes[2].ip == "fd00::4");
  CHECK_FALSE(nodes[2].connected);
  CHECK(nodes[3].hostname.empty());
  CHECK_FALSE(nodes[3].owns_slots);
}

TEST_CASE("a new server may meet the formed cluster of its own Service alone") {
  const auto formed = parse_known_nodes(kFormedA);
  CHECK(may_meet(parse_known_nodes(kNew), formed));
  const auto renamed = [](std::string text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
    return parse_known_nodes(text);
  };
  CHECK_FALSE(may_meet(renamed(kNew, "shop", "other"), formed));
  CHECK_FALSE(may_meet(renamed(kNew, "cache-headless", "cart-headless"), formed));
  CHECK_FALSE(may_meet(renamed(kNew, ",cache-2.cache-headless.shop.svc", ""),
                       renamed(kFormedA, ",cache-0.cache-headless.shop.svc", "")));
  // Nobody owns slots yet: the sync forms the cluster.
  CHECK_FALSE(may_meet(parse_known_nodes(kNew), renamed(kNew, "ccc", "ddd")));
  // Not with itself, and not with what does not answer.
  CHECK_FALSE(may_meet(parse_known_nodes(kNew), parse_known_nodes(kNew)));
  CHECK_FALSE(may_meet(parse_known_nodes(kNew), {}));
  CHECK_FALSE(may_meet({}, formed));
}

TEST_CASE("a server that knows peers may meet those alone, wherever they are now") {
  const auto own = parse_known_nodes(
      "bbb 10.9.9.9:6379@16379 myself,master - 0 0 2 connected 8192-16383\n"
      "aaa 10.9.9.8:6379@16379 master,fail - 0 0 1 disconnected 0-8191\n");
  CHECK(may_meet(own, parse_known_nodes(kFormedA)));
  CHECK_FALSE(may_meet(
      own, parse_known_nodes("xxx 10.9.9.8:6379@16379 myself,master - 0 0 1 connected 0-8191\n"
                             "yyy 10.9.9.7:6379@16379 master - 0 0 1 connected 8192-16383\n")));
  // Alone in its table, but with slots: it is no new server.
  CHECK_FALSE(may_meet(parse_known_nodes("bbb 10.0.0.3:6379@16379,cache-2.cache-headless.shop.svc "
                                         "myself,master - 0 0 2 connected 0-5\n"),
                       parse_known_nodes(kFormedA)));
}

}  // namespace
}  // namespace autocache::hook
