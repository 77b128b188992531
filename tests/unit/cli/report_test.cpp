#include "cli/report.h"

#include "base/json.h"
#include "support/catch.h"

using namespace autocache;

namespace {

Diagnostics sample() {
  Diagnostic error;
  error.code = "AC0201";
  error.at = {"a,b.yaml", 3, 5};
  error.path = "/spec/shard";
  error.message = "unknown field: 100%\nsure";
  error.hint = "did you mean \"replicas\"?";
  Diagnostic warning;
  warning.severity = Severity::kWarning;
  warning.code = "AC0502";
  warning.at = {"c.yaml", 0, 0};
  warning.message = "left <out>";
  return {error, warning};
}

}  // namespace

TEST_CASE("JSON has one object a diagnostic, and is an empty array when clean") {
  CHECK(cli::report_json({}) == "[]\n");
  const Json report = Json::parse(cli::report_json(sample()));
  REQUIRE(report.size() == 2);
  CHECK(
      report[0].dump() ==
      R"({"file":"a,b.yaml","line":3,"column":5,"path":"/spec/shard","severity":"error","code":"AC0201",)"
      R"("message":"unknown field: 100%\nsure","hint":"did you mean \"replicas\"?"})");
}

TEST_CASE("GitHub commands are escaped") {
  CHECK(cli::report_github(sample()) ==
        "::error file=a%2Cb.yaml,line=3,col=5,title=AC0201::/spec/shard: unknown field: "
        "100%25%0Asure%0Ahint: did you mean "
        "\"replicas\"?\n"
        "::warning file=c.yaml,title=AC0502::left <out>\n");
}

TEST_CASE("SARIF names the rule, the level and the region") {
  const Json log = Json::parse(cli::report_sarif(sample()));
  CHECK(log["version"] == "2.1.0");
  const Json& run = log["runs"][0];
  CHECK(run["tool"]["driver"]["rules"].dump() == R"([{"id":"AC0201"},{"id":"AC0502"}])");
  CHECK(run["results"][0]["locations"][0]["physicalLocation"]["region"].dump() ==
        R"({"startLine":3,"startColumn":5})");
  CHECK(run["results"][1]["level"] == "warning");
  CHECK(!run["results"][1]["locations"][0]["physicalLocation"].contains("region"));
}

TEST_CASE("JUnit has a case for each file") {
  const std::string report = cli::report_junit({"good.yaml", "a,b.yaml"}, sample());
  CHECK(report.find(R"(<testsuites tests="3" failures="1">)") != std::string::npos);
  CHECK(report.find(R"(<testcase classname="autocache.validate" name="good.yaml"></testcase>)") !=
        std::string::npos);
  CHECK(report.find("left &lt;out&gt;") != std::string::npos);
}
