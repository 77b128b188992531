#include "base/memory_size.h"

#include "support/catch.h"

using namespace autocache;

TEST_CASE("memory sizes follow memtoull of the server") {
  CHECK(parse_memory_size("64mb") == 67108864);
  CHECK(parse_memory_size("64M") == 64000000);
  CHECK(parse_memory_size("1Gb") == 1073741824);
  CHECK(parse_memory_size("0") == 0);
  CHECK(parse_memory_size("100b") == 100);
  for (const char* bad :
       {"", "mb", "-1", "1 mb", "1Mi", "1.5gb", "9223372036854775807gb", "99999999999999999999"}) {
    INFO(bad);
    CHECK(!parse_memory_size(bad));
  }
}
