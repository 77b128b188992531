#include "runtime-hook/log.h"

#include "support/catch.h"

#include <sstream>

namespace autocache::hook {

TEST_CASE("a JSON line carries time, level, event, message and the fields in order") {
  std::ostringstream out;
  StreamLog log(out, LogFormat::kJson, Level::kInfo, [] { return std::string("T"); });
  log.info("slots_moved", "moved slots",
           {{"slots", 12}, {"rate", 1.5}, {"done", true}, {"from", "a"}});
  CHECK(
      out.str() ==
      R"({"ts":"T","level":"info","event":"slots_moved","message":"moved slots","slots":12,"rate":1.5,"done":true,"from":"a"})"
      "\n");
}

TEST_CASE("events below the lowest level are dropped, and bytes that are no UTF-8 are escaped") {
  std::ostringstream out;
  StreamLog log(out, LogFormat::kText, Level::kWarning, [] { return std::string("T"); });
  log.info("quiet", "not seen");
  log.warn("loud", "seen", {{"key", std::string("\xff\n")}});
  CHECK(out.str() == "warning: seen key=\"\\\\xff\\n\"\n");
}

}  // namespace autocache::hook
