#include "directives/directives.h"
#include "support/catch.h"

#include <string>
#include <tuple>

using namespace autocache::directives;

namespace {
const Directive& redis(const char* name) {
  const Directive* found = find(Engine::kRedis, {7, 0}, name);
  REQUIRE(found != nullptr);
  return *found;
}
}  // namespace

TEST_CASE("spellings of one value are one text") {
  const std::tuple<const char*, const char*, const char*> table[] = {
      {"maxmemory", "64mb", "67108864"},
      {"maxmemory", "64M", "64000000"},
      {"maxmemory-clients", "5%", "5%"},
      {"maxmemory-clients", "1gb", "1073741824"},
      {"appendonly", "YES", "yes"},
      {"maxmemory-policy", "AllKeys-LRU", "allkeys-lru"},
      {"save", "", ""},
      {"save", "\"\"", ""},
      {"save", "  3600  1 60 100 ", "3600 1 60 100"},
      {"unixsocketperm", "0770", "770"},
      {"notify-keyspace-events", "KEA", "AKE"},
      {"notify-keyspace-events", "EKg$lshzxetd", "AKE"},
      {"notify-keyspace-events", "xE", "xE"},
      {"client-output-buffer-limit", "slave 1gb 512mb 30",
       "normal 0 0 0 replica 1073741824 536870912 30 pubsub 33554432 8388608 60"},
      {"client-output-buffer-limit", "pubsub 32mb 8mb 60 normal 0 0 0 replica 256mb 64mb 60",
       "normal 0 0 0 replica 268435456 67108864 60 pubsub 33554432 8388608 60"},
      {"hz", " 10 ", "10"},
      {"rename-command", "CONFIG \"\"", "CONFIG \"\""},
  };
  for (const auto& [name, value, wanted] : table) {
    INFO(name << " " << value);
    CHECK(canonical_value(redis(name), value) == wanted);
    CHECK(canonical_value(redis(name), wanted) == wanted);
  }
}

TEST_CASE("values that the server refuses for their form are told apart") {
  const std::pair<const char*, const char*> bad[] = {{"appendonly", "true"},
                                                     {"hz", "ten"},
                                                     {"hz", ""},
                                                     {"maxmemory", "1 gb"},
                                                     {"maxmemory", "1GiB"},
                                                     {"maxmemory-clients", "-5%"},
                                                     {"unixsocketperm", "9"},
                                                     {"notify-keyspace-events", "Q"},
                                                     {"client-output-buffer-limit", "normal 0 0"},
                                                     {"client-output-buffer-limit", "other 0 0 0"},
                                                     {"save", "\"1"}};
  for (const auto& [name, value] : bad) {
    INFO(name << " " << value);
    CHECK(is_malformed(redis(name), value));
  }
  CHECK(!is_malformed(redis("appendonly"), "Yes"));
  CHECK(!is_malformed(redis("save"), "3600 1"));
  CHECK(!is_malformed(redis("hz"), "-1"));
}
