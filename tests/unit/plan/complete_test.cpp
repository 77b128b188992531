#include "plan/complete.h"

#include "base/text.h"
#include "support/catch.h"
#include "unit/plan/support.h"

#include <string>

using namespace autocache;
using namespace autocache::plan;
using namespace autocache::plan::testing;

namespace {

std::string gap(const char* text) {
  const auto gaps = gaps_of(Json::parse(text));
  return gaps.empty() ? "" : gaps.front().pointer + ": " + gaps.front().message;
}

const std::string kMissing = ": the object does not have it";

}  // namespace

TEST_CASE("an object that the API server would take lacks nothing") {
  CHECK(
      gap(R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"ports":[{"port":1}]}})") ==
      "");
  CHECK(
      gap(R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"clusterIP":"None"}})") ==
      "");
  CHECK(
      gap(R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"type":"ExternalName","externalName":"b"}})") ==
      "");
  CHECK(
      gap(R"({"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"a"},"spec":{"selector":{},"volumeClaimTemplates":[{"metadata":{"name":"d"}}],
      "template":{"spec":{"containers":[{"name":"a","image":"b","volumeMounts":[{"name":"d"},{"name":"c"}]}],"volumes":[{"name":"c"}]}}}})") ==
      "");
}

TEST_CASE("what was cut off is named") {
  CHECK(gap(R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":null})") ==
        "/spec" + kMissing);
  CHECK(
      gap(R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"ports":null}})") ==
      "/spec/ports" + kMissing);
  CHECK(
      gap(R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"ports":[{"name":"a"}]}})") ==
      "/spec/ports/0/port" + kMissing);
  CHECK(gap(R"({"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"a"}})") ==
        "/spec" + kMissing);
  CHECK(
      gap(R"({"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"a"},"spec":{"template":{"spec":{"containers":[{"name":"a"}]}}}})") ==
      "/spec/template/spec/containers/0/image" + kMissing);
  CHECK(
      gap(R"({"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"a"},"spec":{"jobTemplate":{"spec":{"template":{"spec":{
      "initContainers":[{"name":"a","image":"b","volumeMounts":[{"name":"c"}]}],"containers":[{"name":"a","image":"b"}]}}}}}})") ==
      "/spec/jobTemplate/spec/template/spec/initContainers/0/volumeMounts/0: there is no volume "
      "\"c\"");
}

TEST_CASE("a rendered StatefulSet that is cut off between its mounts and its volumes is refused") {
  const std::string spec =
      R"({"apiVersion":"cache.autocache.io/v1alpha1","kind":"AutoCache","metadata":{"name":"cache"},"spec":{"storage":{"enabled":true}}})";
  std::string text;
  for (const Step& step : plan_of("", spec).steps) {
    for (const Json& object : step.objects) {
      if (object["kind"] == "StatefulSet")
        text = manifest::write({object}, manifest::Format::kYaml);
    }
  }
  REQUIRE(!text.empty());
  const std::size_t end = text.find("\n      volumes:\n");
  REQUIRE(end != std::string::npos);
  int cuts = 0;
  for (std::size_t at = text.find('\n', text.find("        - name: config")); at < end;
       at = text.find('\n', at + 1)) {
    INFO(text.substr(0, at));
    CHECK(!make_plan(request(spec, text.substr(0, at + 1))).plan);
    ++cuts;
  }
  CHECK(cuts > 3);
}
