#include "runtime-hook/cluster_nodes.h"

#include "support/catch.h"

#include <string>

namespace autocache::hook {
namespace {

TEST_CASE("CLUSTER NODES is read as every server writes it") {
  const std::string text =
      "aaa 10.0.0.1:6379@16379,cache-0.cache-headless.shop.svc myself,master - 0 0 7 connected "
      "0-8191 9000 [5->-bbb] [9001-<-eee]\r\n"
      "bbb 10.0.0.2:6379@16379,cache-1.cache-headless.shop.svc,tls-port=0 master - 0 1 2 connected "
      "8192-8999\n"
      "ddd fd00::4:6379@16379,tls-port=0 slave,fail aaa 0 0 1 disconnected\n"
      "eee 10.0.0.5:6379@16379,? master,fail? - 0 0 1 connected [5->-aaa]\n"
      "\n"
      "fff 10.0.0.6:6380 handshake - 0 0 0 connected";
  const auto nodes = read_cluster_nodes(text);
  REQUIRE(nodes.size() == 5);
  const NodeLine& first = nodes.front();
  CHECK(myself_of(nodes) == &first);
  CHECK(first.hostname == "cache-0.cache-headless.shop.svc");
  CHECK((first.ip == "10.0.0.1" && first.port == 6379 && first.bus_port == 16379));
  CHECK((first.has(kPrimaryFlag) && !first.has(kReplicaFlag)));
  CHECK((first.epoch == 7 && first.connected && first.owns_slots()));
  CHECK(open_slots(nodes) == std::vector<OpenMark>{{5, OpenKind::kMigrating, "bbb"},
                                                   {9001, OpenKind::kImporting, "eee"}});
  CHECK(to_string(owned_slots(nodes, "aaa")) == "0-8191 9000");
  CHECK(owned_slots(nodes, "b").empty());
  const NodeLine& replica = nodes[2];
  CHECK((replica.ip == "fd00::4" && replica.hostname.empty() && replica.primary == "aaa"));
  CHECK((replica.has(kFailed) && !replica.has(kMaybeFailed) && !replica.connected));
  const NodeLine& maybe = (nodes)[3];
  CHECK((maybe.hostname.empty() && maybe.has(kMaybeFailed) && !maybe.has(kFailed)));
  CHECK_FALSE(maybe.owns_slots());
  CHECK((nodes.back().has(kHandshake) && nodes.back().bus_port == 16380));
}

TEST_CASE("a text with a line that is no node is not read") {
  CHECK(read_cluster_nodes("not a line\n").empty());
  CHECK(read_cluster_nodes("aaa nowhere myself,master - 0 0 1 connected\n").empty());
  CHECK(read_cluster_nodes("aaa 10.0.0.1:6379@16379 myself,master - 0 0\n").empty());
  const std::string good = "aaa 10.0.0.1:6379@16379 myself,master - 0 0 1 connected\n";
  CHECK(read_cluster_nodes(good).size() == 1);
  CHECK(read_cluster_nodes(good + "bad\n").empty());
}

TEST_CASE("an error, or no answer, names no node") {
  Reply error;
  error.kind = ReplyKind::kError;
  error.text = "aaa 10.0.0.1:6379@16379 myself,master - 0 0 1 connected\n";
  const Outcome refused = error;
  CHECK(read_cluster_nodes(refused).empty());
  const Outcome silent = tl::unexpected(Failure{});
  CHECK(read_cluster_nodes(silent).empty());
}

TEST_CASE("what is no slot is left out of a line") {
  NodeLine line;
  line.slots = "5 x 16384 7-3 [] [x] [99999->-a] [3-] 8-9";
  const LineSlots slots = slots_of_line(line);
  CHECK(to_string(slots.owned_set()) == "5 8-9");
  CHECK(slots.open.empty());
}

}  // namespace
}  // namespace autocache::hook
