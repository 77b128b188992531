#include "base/text.h"
#include "directives/directives.h"
#include "support/catch.h"

#include <map>
#include <set>
#include <string>
#include <tuple>

using namespace autocache::directives;

TEST_CASE("versions are read as specs and image tags write them") {
  CHECK(parse_version(Engine::kRedis, "7.2.4") == Version{7, 2});
  CHECK(parse_version(Engine::kRedis, "7") == Version{7, 4});
  CHECK(parse_version(Engine::kValkey, "8") == Version{8, 1});
  CHECK(parse_version(Engine::kValkey, "9.1-alpine") == Version{9, 1});
  CHECK(parse_version(Engine::kRedis, "12") == Version{12, 0});
  CHECK(!parse_version(Engine::kRedis, "latest"));
  CHECK(!parse_version(Engine::kRedis, ""));
  CHECK(newest(Engine::kValkey) == Version{9, 1});
}

TEST_CASE("a directive is found by any of its spellings, in any case") {
  for (const char* name : {"replica-priority", "slave-priority", "SLAVE-Priority"}) {
    INFO(name);
    const Directive* found = find(Engine::kRedis, {7, 0}, name);
    REQUIRE(found != nullptr);
    CHECK(found->name == "replica-priority");
  }
  CHECK(canonical_name("hash-max-ziplist-entries") == "hash-max-listpack-entries");
  CHECK(canonical_name("primaryauth") == "masterauth");
  CHECK(canonical_name("My-Module.Thing") == "my-module.thing");
}

TEST_CASE("a directive exists only in its releases") {
  CHECK(find(Engine::kRedis, {6, 2}, "maxmemory-clients") == nullptr);
  CHECK(find(Engine::kRedis, {7, 0}, "maxmemory-clients") != nullptr);
  CHECK(find(Engine::kRedis, {6, 2}, "gopher-enabled") != nullptr);
  CHECK(find(Engine::kRedis, {7, 0}, "gopher-enabled") == nullptr);
  CHECK(find(Engine::kRedis, {8, 0}, "primaryauth") == nullptr);
  CHECK(find(Engine::kValkey, {8, 0}, "primaryauth") != nullptr);
  CHECK(find(Engine::kRedis, {6, 2}, "hash-max-listpack-entries") == nullptr);
  CHECK(find(Engine::kRedis, {9, 9}, "maxmemory") != nullptr);
  CHECK(find(Engine::kRedis, {5, 0}, "maxmemory") != nullptr);
  CHECK(find(Engine::kAutocache, {}, "appendonly") == nullptr);
}

TEST_CASE("classes follow the release") {
  CHECK(find(Engine::kValkey, {8, 1}, "io-threads")->cls == Class::kRestartOnly);
  CHECK(find(Engine::kValkey, {9, 1}, "io-threads")->cls == Class::kLive);
  CHECK(find(Engine::kRedis, {8, 0}, "io-threads")->cls == Class::kRestartOnly);
  CHECK(find(Engine::kRedis, {6, 2}, "dir")->cls == Class::kLive);
  CHECK(find(Engine::kRedis, {7, 0}, "dir")->cls == Class::kProtected);
  CHECK(find(Engine::kRedis, {7, 0}, "user")->cls == Class::kFileOnly);
  CHECK(find(Engine::kValkey, {8, 1}, "dynamic-hz")->cls == Class::kIgnored);
  CHECK(find(Engine::kAutocache, {}, "maxmemory")->cls == Class::kRestartOnly);
}

TEST_CASE("what Kubernetes is tied to restarts although the server would take it") {
  for (const char* name :
       {"port", "bind", "dir", "cluster-announce-ip", "requirepass", "tls-port", "tls-cert-file"}) {
    INFO(name);
    const Directive* found = find(Engine::kRedis, {6, 2}, name);
    REQUIRE(found != nullptr);
    CHECK(found->cls == Class::kLive);
    CHECK(!applies_live(*found));
    CHECK(!restart_reason(*found).empty());
  }
  CHECK(applies_live(*find(Engine::kRedis, {7, 0}, "maxmemory")));
  CHECK(restart_reason(*find(Engine::kRedis, {7, 0}, "maxmemory")).empty());
}

TEST_CASE("CONFIG SET is given the server's own name") {
  CHECK(server_name(*find(Engine::kRedis, {6, 2}, "hash-max-ziplist-value")) ==
        "hash-max-ziplist-value");
  CHECK(server_name(*find(Engine::kRedis, {7, 0}, "hash-max-ziplist-value")) ==
        "hash-max-listpack-value");
  CHECK(server_name(*find(Engine::kValkey, {8, 0}, "masterauth")) == "primaryauth");
}

TEST_CASE("no release has two rows for one spelling") {
  const Version redis[] = {{6, 2}, {7, 0}, {7, 2}, {7, 4}, {8, 0}};
  const Version valkey[] = {{7, 2}, {8, 0}, {8, 1}, {9, 0}, {9, 1}};
  std::map<std::string, int> seen;
  for (const Directive& row : table()) {
    const std::string_view spellings = row.spellings.empty() ? row.name : row.spellings;
    for (const std::string_view spelling : autocache::split(spellings, ' ')) {
      for (const Version v : redis) {
        if (row.redis.contains(v))
          ++seen["r" + std::to_string(v.major) + "." + std::to_string(v.minor) + " " +
                 std::string(spelling)];
      }
      for (const Version v : valkey) {
        if (row.valkey.contains(v))
          ++seen["v" + std::to_string(v.major) + "." + std::to_string(v.minor) + " " +
                 std::string(spelling)];
      }
    }
  }
  for (const auto& [key, count] : seen) {
    INFO(key);
    CHECK(count == 1);
  }
  CHECK(seen.size() > 1500);
}

TEST_CASE("defaults are well formed and equal to themselves") {
  for (const Directive& row : table()) {
    INFO(row.name);
    if (row.cls == Class::kIgnored) continue;
    CHECK(!is_malformed(row, row.default_value));
  }
}
