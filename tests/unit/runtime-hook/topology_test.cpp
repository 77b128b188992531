#include "runtime-hook/topology.h"

#include "support/catch.h"

namespace autocache::hook {
namespace {

const std::string kA(40, 'a');
const std::string kB(40, 'b');
const std::string kC(40, 'c');

}  // namespace

TEST_CASE("CLUSTER NODES of Redis 7 is read with hostnames, ranges and open slots") {
  Snapshot snapshot;
  snapshot.places.resize(1);
  SnapshotBuilder builder(snapshot);
  const int self = builder.add_view(0, kA +
                                           " 10.0.0.1:6379@16379,cache-0.cache-headless,tls-port=0,"
                                           "shard-id=99 myself,master - 0 0 3 connected 0-99 "
                                           "200 [5->-" +
                                           kB + "] [300-<-" + kB + "]\n" + kB +
                                           " 10.0.0.2:6379@16379,cache-1.cache-headless "
                                           "master,fail? - 1 2 2 disconnected 300-16383\n" +
                                           kC + " :0@0 slave,noaddr " + kA + " 0 0 3 connected\n");
  REQUIRE(self == 0);
  REQUIRE(snapshot.members.size() == 3);
  const Member& member = snapshot.members[0];
  CHECK(member.hostname == "cache-0.cache-headless");
  CHECK(member.config_epoch == 3);
  CHECK(to_string(member.slots) == "0-99 200");
  CHECK(member.open == std::vector<OpenSlot>{{5, OpenSlot::Kind::kMigrating, 1},
                                             {300, OpenSlot::Kind::kImporting, 1}});
  CHECK((*member.owners)[400] == 1);
  CHECK((*member.owners)[150] == kNoOwner);
  CHECK(member.peers[1].has(kMaybeFailed));
  CHECK_FALSE(member.peers[1].connected);
  CHECK(member.peers[2].has(kNoAddress));
  CHECK(member.peers[2].primary == 0);
  CHECK(snapshot.addresses[static_cast<std::size_t>(snapshot.members[1].address)] ==
        Endpoint{"10.0.0.2", 6379, 16379});
}

TEST_CASE(
    "CLUSTER NODES of Redis 6.2, with IPv6 and without hostnames, and of the AutoCache server") {
  Snapshot snapshot;
  snapshot.places.resize(2);
  SnapshotBuilder builder(snapshot);
  REQUIRE(builder.add_view(0, kA + " ::1:7000@17000 myself,master - 0 0 1 connected 0-16383\n") ==
          0);
  CHECK(snapshot.addresses[0] == Endpoint{"::1", 7000, 17000});
  const int self = builder.add_view(
      1,
      "node-1 127.0.0.1:6380@16380 myself,replica node-0 0 0 0 connected \n"
      "node-0 127.0.0.1:6379@16379 master,fail - 0 0 0 disconnected 0-16383 [7->-node-1]\n");
  REQUIRE(self >= 0);
  const Member& replica = snapshot.members[static_cast<std::size_t>(self)];
  CHECK_FALSE(replica.primary);
  CHECK(snapshot.members[static_cast<std::size_t>(replica.primary_member)].id == "node-0");
  CHECK(replica.open.size() == 1);
  CHECK(replica.slots.empty());
}

TEST_CASE("text that is no CLUSTER NODES is not taken for one") {
  Snapshot snapshot;
  snapshot.places.resize(1);
  SnapshotBuilder builder(snapshot);
  CHECK(builder.add_view(0, "") == -1);
  CHECK(builder.add_view(0, "OK") == -1);
  CHECK(builder.add_view(0, kA + " 10.0.0.1:6379@16379 master - 0 0 1 connected\n") == -1);
  CHECK(snapshot.members.empty());
}

TEST_CASE("equal views share one map of owners") {
  Snapshot snapshot;
  snapshot.places.resize(2);
  SnapshotBuilder builder(snapshot);
  const std::string a = kA + " 10.0.0.1:6379@16379 ";
  const std::string b = kB + " 10.0.0.2:6379@16379 ";
  builder.add_view(
      0, a + "myself,master - 0 0 1 connected 0-99\n" + b + "master - 0 0 2 connected 100-200\n");
  builder.add_view(
      1, a + "master - 0 0 1 connected 0-99\n" + b + "myself,master - 0 0 2 connected 100-200\n");
  CHECK(snapshot.members[0].owners == snapshot.members[1].owners);
}

TEST_CASE("INFO tells product, version and memory of each server") {
  const ServerInfo redis = parse_server_info(
      "# "
      "Server\r\nredis_version:7.0.15\r\nused_memory:100\r\nused_memory_dataset:60\r\nmaxmemory:"
      "200\r\n"
      "maxmemory_policy:noeviction\r\nrole:slave\r\nmaster_host:10.0.0.9\r\nmaster_port:"
      "7000\r\nmaster_link_status:up\r\nslave_repl_offset:"
      "55\r\n"
      "master_repl_offset:44\r\ncluster_enabled:1\r\ndb0:keys=7,expires=1,avg_ttl=0\r\n");
  CHECK(redis.product == Product::kRedis);
  CHECK(redis.version == Version{7, 0, 15});
  CHECK(redis.cluster_enabled);
  CHECK(redis.keys == 7);
  CHECK(redis.used_memory == 100);
  CHECK(redis.dataset == 60);
  CHECK(redis.max_memory == 200);
  CHECK(redis.link_up);
  CHECK(redis.primary_at.host == "10.0.0.9");
  CHECK(redis.primary_at.port == 7000);
  CHECK(redis.offset == 55);
  const ServerInfo valkey = parse_server_info(
      "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.0-rc1\r\n");
  CHECK(valkey.product == Product::kValkey);
  CHECK(valkey.version == Version{9, 1, 0});
  CHECK(parse_server_info("autocache_version:1.0\r\ndb0:keys=0,expires=0\r\n").product ==
        Product::kAutocache);
  CHECK(parse_server_info("nonsense").product == Product::kUnknown);
}

}  // namespace autocache::hook
