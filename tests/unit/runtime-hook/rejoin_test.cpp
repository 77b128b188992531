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

bool meets(const std::string& own, const std::string& of_peer) {
  return may_meet(known_nodes(own), known_nodes(of_peer));
}

TEST_CASE("a new server may meet the formed cluster of its own Service alone") {
  CHECK(meets(kNew, kFormedA));
  const auto renamed = [](std::string text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
    return text;
  };
  CHECK_FALSE(meets(renamed(kNew, "shop", "other"), kFormedA));
  CHECK_FALSE(meets(renamed(kNew, "cache-headless", "cart-headless"), kFormedA));
  CHECK_FALSE(meets(renamed(kNew, ",cache-2.cache-headless.shop.svc", ""),
                    renamed(kFormedA, ",cache-0.cache-headless.shop.svc", "")));
  // A node of which it knows the address only is nobody yet.
  CHECK(meets(kNew + "ddd 10.0.0.6:6379@16379 handshake - 0 0 0 connected\n", kFormedA));
  // Nobody owns slots yet: the sync forms the cluster.
  CHECK_FALSE(meets(kNew, renamed(kNew, "ccc", "ddd")));
  // Not with itself, and not with what does not answer.
  CHECK_FALSE(meets(kNew, kNew));
  CHECK_FALSE(meets(kNew, {}));
  CHECK_FALSE(meets({}, kFormedA));
}

TEST_CASE("a server that knows peers may meet those alone, wherever they are now") {
  const std::string own =
      "bbb 10.9.9.9:6379@16379 myself,master - 0 0 2 connected 8192-16383\n"
      "aaa 10.9.9.8:6379@16379 master,fail - 0 0 1 disconnected 0-8191\n";
  CHECK(meets(own, kFormedA));
  CHECK_FALSE(meets(own,
                    "xxx 10.9.9.8:6379@16379 myself,master - 0 0 1 connected 0-8191\n"
                    "yyy 10.9.9.7:6379@16379 master - 0 0 1 connected 8192-16383\n"));
  // Alone in its table, but with slots: it is no new server.
  CHECK_FALSE(
      meets("bbb 10.0.0.3:6379@16379,cache-2.cache-headless.shop.svc myself,master - 0 0 2 "
            "connected 0-5\n",
            kFormedA));
}

}  // namespace
}  // namespace autocache::hook
