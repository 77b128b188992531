#include "plan/report.h"

#include "plan/markup.h"
#include "plan/plan.h"
#include "support/catch.h"
#include "unit/plan/support.h"

#include <string>

using namespace autocache;
using namespace autocache::plan;
using namespace autocache::plan::testing;

namespace {

std::string cache(int replicas, const std::string& image) {
  return "apiVersion: cache.autocache.io/v1alpha1\nkind: AutoCache\nmetadata:\n  name: "
         "cache\nspec:\n  engine: redis\n  image: " +
         image + "\n  replicas: " + std::to_string(replicas) + "\n  storage:\n    enabled: true\n";
}

Plan grown() {
  return plan_of(cache(3, "redis:7.2"), cache(4, "redis:7.2"));
}

}  // namespace

TEST_CASE("the JSON report has the members that scripts rely on") {
  const Json report = Json::parse(to_json_text(grown()));
  CHECK(report["formatVersion"] == 1);
  CHECK(report["impact"] == "scale");
  CHECK(report["slots"]["moved"] == 4096);
  REQUIRE(!report["changes"].empty());
  for (const char* key : {"object", "path", "before", "after", "impact", "rule"}) {
    INFO(key);
    CHECK(report["changes"][0].contains(key));
  }
  CHECK(report["changes"][0]["object"] == "AutoCache/cache");
  CHECK(report["changes"][0]["path"] == "/spec/replicas");
  CHECK(report["changes"][0]["before"] == 3);
  REQUIRE(!report["steps"].empty());
  CHECK(report["restarts"] == Json::array());
}

TEST_CASE("text is plain without colour and coloured with it") {
  const Plan plan = grown();
  CHECK(to_text(plan, Detail::kPlan, Colour::kNever).find('\x1b') == std::string::npos);
  CHECK(to_text(plan, Detail::kPlan, Colour::kAlways).find("\x1b[") != std::string::npos);
  const std::string text = to_text(plan, Detail::kPlan, Colour::kNever);
  CHECK(text.starts_with(
      "old.yaml -> new.yaml\nImpact:  scale  Nodes are added or removed; slots move.\n"));
  CHECK(text.find("spec.replicas 3 -> 4") != std::string::npos);
  CHECK(to_text(plan_of(cache(3, "a:1"), cache(3, "a:1")), Detail::kPlan, Colour::kNever)
            .find("No changes.") != std::string::npos);
  CHECK(to_text(plan_of(cache(3, "a:1"), cache(3, "a:1")), Detail::kDiff, Colour::kNever).empty());
}

TEST_CASE("nothing of an input becomes markup") {
  const std::string evil = "<script>alert(1)</script>";
  const std::string object =
      R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"<img src=x>":"VALUE"}})";
  std::string before = object;
  std::string after = object;
  before.replace(before.find("VALUE"), 5, evil);
  after.replace(after.find("VALUE"), 5, "`|" + evil);
  const Plan plan = plan_of(before, after);
  const std::string html = to_html(plan);
  CHECK(html.find("<script") == std::string::npos);
  CHECK(html.find("<img") == std::string::npos);
  CHECK(html.find("&lt;script&gt;") != std::string::npos);
  CHECK(to_markdown(plan).find("\n| <") == std::string::npos);
}

TEST_CASE("the page and the map refer to nothing elsewhere") {
  const Plan plan = grown();
  for (const std::string& text : {to_html(plan), to_svg(plan)}) {
    CHECK(text.find("src=") == std::string::npos);
    CHECK(text.find("href=") == std::string::npos);
    CHECK(text.find("url(") == std::string::npos);
    CHECK(text.find("@import") == std::string::npos);
  }
  CHECK(to_html(plan).find("prefers-color-scheme:dark") != std::string::npos);
  CHECK(to_html(plan).find("<li>cache-0 → cache-3: 1365 slots <code>4096-5460</code></li>") !=
        std::string::npos);
  CHECK(to_svg(plan).starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  CHECK(to_svg(plan).find("4096") != std::string::npos);
  CHECK(to_svg(plan_of(cache(3, "a:1"), cache(3, "a:2"))).find("No slots move.") !=
        std::string::npos);
}

TEST_CASE("step folders hold what kubectl applies, and a runbook") {
  const auto files = to_files(plan_of(cache(3, "redis:7.2"), cache(2, "redis:7.2")));
  REQUIRE(files.contains("RUNBOOK.md"));
  CHECK(files.contains("1-gate/01-serviceaccount-cache-gate.yaml"));
  CHECK(files.contains("1-gate/02-job-cache-gate.yaml"));
  CHECK(files.contains("2-apply/01-statefulset-cache.yaml"));
  CHECK(files.contains("3-sync/02-job-cache-sync.yaml"));
  CHECK(files.at("RUNBOOK.md").find("kubectl apply -f 1-gate/") != std::string::npos);
}

TEST_CASE("what happens to many fields of an object is said once") {
  const std::string before = cache(3, "redis:7.2");
  const std::string text = to_text(plan_of(before, before + "  terminationGracePeriodSeconds: 9\n  "
                                                            "nodeSelector:\n    a: b\n"),
                                   Detail::kPlan, Colour::kNever);
  const std::size_t at = text.find("[sts.template]");
  CHECK(at != std::string::npos);
  CHECK(text.find("[sts.template]", at + 1) == std::string::npos);
}

TEST_CASE("more than nine folders sort as they are to be applied") {
  Plan plan;
  for (int i = 0; i < 10; ++i) {
    Step& step = plan.steps.emplace_back();
    step.phase = "gate";
    step.objects.push_back(Json::object());
  }
  CHECK(folders_of(plan).front() == "01-gate");
  CHECK(folders_of(plan).back() == "10-gate");
}

TEST_CASE("the folder of a step has the number of the step") {
  const std::string before = cache(3, "redis:7.2") + "    size: 1Gi\n";
  const std::string after = cache(3, "redis:7.2") + "    size: 2Gi\n";
  const Plan plan = plan_of(before, after);
  const auto folders = folders_of(plan);
  const std::string runbook = to_files(plan).at("RUNBOOK.md");
  int applied = 0;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    if (folders[i].empty()) continue;
    ++applied;
    const std::string number = std::to_string(i + 1);
    CHECK(folders[i] == number + "-" + std::string(plan.steps[i].phase));
    CHECK(runbook.find("\n## " + number + ". " + plan.steps[i].title) != std::string::npos);
  }
  // Prepare and delete, between them, apply nothing.
  CHECK(applied < static_cast<int>(plan.steps.size()));
  CHECK(runbook.find("kubectl apply -f 4-apply/") != std::string::npos);
}

TEST_CASE("numbers are shown with units that people read") {
  CHECK(bytes_text(300) == "300 B");
  CHECK(bytes_text(1536) == "1.5 KiB");
  CHECK(bytes_text(std::int64_t{5} << 30) == "5.0 GiB");
  CHECK(duration_text(0.2) == "1 s");
  CHECK(duration_text(700) == "12 min");
  CHECK(duration_text(11100) == "3 h 5 min");
}
