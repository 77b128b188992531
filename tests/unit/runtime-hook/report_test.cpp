#include "runtime-hook/info.h"
#include "runtime-hook/metrics.h"
#include "runtime-hook/progress_view.h"
#include "support/catch.h"

namespace autocache::hook {

TEST_CASE("INFO is a list of names and values") {
  const auto info = info_fields(
      "# Replication\r\nrole:master\r\nslave0:ip=::1,port=7,state=online,offset=12,lag=0\r\n\r\n");
  CHECK(info.size() == 2);
  CHECK(info.at("role") == "master");
  const auto replica = parse_attached_replica(info.at("slave0"));
  REQUIRE(replica);
  CHECK(replica->host == "::1");
  CHECK(replica->port == 7);
  CHECK(replica->online);
  CHECK(replica->offset == 12);
  CHECK_FALSE(parse_attached_replica("1").has_value());
  CHECK_FALSE(parse_attached_replica("ip=a,port=x").has_value());
}

TEST_CASE("metrics are Prometheus text with the cluster and the command as labels") {
  CHECK(to_prometheus(
            {{"slots_moved", "Slots moved by the last run.", 4096}, {"seconds", "Duration.", 1.5}},
            {"a\"b", "sync"}) ==
        "# HELP autocache_hook_slots_moved Slots moved by the last run.\n"
        "# TYPE autocache_hook_slots_moved gauge\n"
        "autocache_hook_slots_moved{cluster=\"a\\\"b\",command=\"sync\"} 4096\n"
        "# HELP autocache_hook_seconds Duration.\n"
        "# TYPE autocache_hook_seconds gauge\n"
        "autocache_hook_seconds{cluster=\"a\\\"b\",command=\"sync\"} 1.5\n");
}

TEST_CASE("progress names slots, keys, speed and the time left") {
  CHECK(describe_progress({2048, 4096, 1000, 6'000'000}, Duration(3'000'000)) ==
        "[##########----------] 50.0% 2048/4096 slots, 1000 keys, 2.0 MB/s, 3 s left");
  CHECK(describe_progress({0, 4096, 0, 0}, Duration(0)) ==
        "[--------------------] 0.0% 0/4096 slots, 0 keys, 0.0 MB/s");
}

}  // namespace autocache::hook
