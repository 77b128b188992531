#include "runtime-hook/info.h"
#include "runtime-hook/metrics.h"
#include "runtime-hook/progress_view.h"
#include "support/catch.h"

namespace autocache::hook {

TEST_CASE("INFO is a list of names and values") {
  const std::string info =
      "# Replication\r\nold_role:slave\r\nrole:master\r\nslave_repl_offset:7\r\n"
      "slave0:ip=::1,port=7,state=online,offset=12,lag=0\r\nslave1:ip=a,port=x\r\n"
      "slave2:1\r\nslave3:ip=b,port=8,state=wait_bgsave,offset=0,lag=0\r\n\r\nend:1.5x";
  CHECK(info_field(info, "role") == "master");
  CHECK(info_field(info, "slave").empty());
  CHECK(leading_number<double>(info_field(info, "end")) == 1.5);
  CHECK(leading_number(info_field(info, "role"), 3) == 3);
  const auto replicas = attached_replicas(info);
  REQUIRE(replicas.size() == 2);
  CHECK(replicas[0].host == "::1");
  CHECK(replicas[0].port == 7);
  CHECK(replicas[0].online);
  CHECK(replicas[0].offset == 12);
  CHECK(replicas[1].host == "b");
  CHECK_FALSE(replicas[1].online);
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
