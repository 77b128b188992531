#include "base/number.h"

#include "support/catch.h"

#include <cstdint>

namespace autocache {

TEST_CASE("a number is all of its text, and fits") {
  CHECK(parse_number<int>("-12") == -12);
  CHECK(parse_number<unsigned>("007") == 7U);
  CHECK(parse_number<double>("1.5") == 1.5);
  CHECK(parse_number<std::uint16_t>("65535") == 65535);
  CHECK_FALSE(parse_number<std::uint16_t>("65536"));
  CHECK_FALSE(parse_number<unsigned>("-1"));
  for (const char* text : {"", "-", "+1", " 1", "1 ", "1x", "0x1", "99999999999"}) {
    INFO(text);
    CHECK_FALSE(parse_number<int>(text));
  }
}

}  // namespace autocache
