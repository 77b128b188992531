#include "base/duration.h"

#include "support/catch.h"

using namespace autocache;
using std::chrono::milliseconds;

TEST_CASE("durations are read as Go reads them") {
  CHECK(parse_duration("90s") == milliseconds(90'000));
  CHECK(parse_duration("1h30m") == milliseconds(5'400'000));
  CHECK(parse_duration("1.5h") == milliseconds(5'400'000));
  CHECK(parse_duration("250ms") == milliseconds(250));
  CHECK(parse_duration("1m") == milliseconds(60'000));
  CHECK(parse_duration("0") == milliseconds(0));
  for (const char* bad : {"", "5", "m", "-1s", "1 s", "1d", "1s1", ".s", "99999999999999999999h",
                          "1h99999999999999h"}) {
    INFO(bad);
    CHECK(!parse_duration(bad));
  }
}
