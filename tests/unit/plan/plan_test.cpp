#include "plan/plan.h"

#include "support/catch.h"
#include "unit/plan/support.h"

#include <string>

using namespace autocache;
using namespace autocache::plan;
using namespace autocache::plan::testing;

namespace {

std::string first_error(const Request& wanted) {
  const Outcome outcome = make_plan(wanted);
  REQUIRE(!outcome.plan);
  REQUIRE(!outcome.diagnostics.empty());
  return format(outcome.diagnostics.front());
}

}  // namespace

TEST_CASE("the same spec is no change, nor is a spec against what it renders to") {
  CHECK(plan_of(kSpec, kSpec).changes.empty());
  CHECK(plan_of(kSpec, kSpec).steps.empty());
  CHECK(plan_of(rendered(kSpec), kSpec).changes.empty());
  CHECK(plan_of(kSpec, rendered(kSpec)).changes.empty());
}

TEST_CASE("a namespace that one side leaves open matches") {
  CHECK(plan_of(rendered(kSpec), replaced(kSpec, "  namespace: shop\n", "")).changes.empty());
}

TEST_CASE("an image change restarts the Pods from the highest number down") {
  const Plan plan = plan_of(kSpec, replaced(kSpec, "redis:7.2", "redis:7.2.1"));
  CHECK(plan.impact == Impact::kRollingRestart);
  const Step* roll = step_of(plan, "roll");
  REQUIRE(roll != nullptr);
  CHECK(roll->pods == std::vector<std::string>{"cache-2", "cache-1", "cache-0"});
}

TEST_CASE("a shrink runs the gate before anything is applied") {
  const Plan plan = plan_of(kSpec, replaced(kSpec, "replicas: 3", "replicas: 2"));
  CHECK(step_of(plan, "roll") == nullptr);
  std::vector<std::string_view> phases;
  for (const Step& step : plan.steps) phases.push_back(step.phase);
  CHECK(phases == std::vector<std::string_view>{"gate", "apply", "sync", "check"});
  const Step* gate = step_of(plan, "gate");
  // Its account first: the gate runs before anything else is applied.
  REQUIRE(gate->objects.size() == 2);
  CHECK(gate->objects[0]["kind"] == "ServiceAccount");
  CHECK(gate->objects[1]["kind"] == "Job");
  for (const Json& object : gate->objects) {
    CHECK(object["metadata"]["name"] == "cache-gate");
    CHECK(object.dump().find("argocd") == std::string::npos);
  }
  REQUIRE(plan.slots.size() == 1);
  CHECK(plan.slots[0].moved == 5462);
}

TEST_CASE("growing volumes names the commands") {
  const Plan plan =
      plan_of(kSpec, replaced(kSpec, "enabled: true", "enabled: true\n    size: 20Gi"));
  const Step* remove = step_of(plan, "delete");
  REQUIRE(remove != nullptr);
  CHECK(remove->by_hand);
  CHECK(remove->commands ==
        std::vector<std::string>{
            "kubectl delete statefulset cache --namespace shop --cascade=orphan"});
  const Step* patch = step_of(plan, "patch");
  REQUIRE(patch != nullptr);
  REQUIRE(patch->commands.size() == 3);
  CHECK(patch->commands[0] ==
        "kubectl patch pvc data-cache-0 --namespace shop --patch "
        "'{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"20Gi\"}}}}'");
  CHECK(step_of(plan, "roll") == nullptr);
}

TEST_CASE("volumes grow before the StatefulSet is deleted: a class may refuse it") {
  const Plan plan =
      plan_of(kSpec, replaced(kSpec, "enabled: true", "enabled: true\n    size: 20Gi"));
  std::vector<std::string_view> phases;
  for (const Step& step : plan.steps) phases.push_back(step.phase);
  CHECK(phases ==
        std::vector<std::string_view>{"prepare", "patch", "delete", "apply", "sync", "check"});
}

TEST_CASE("CLUSTER NODES is taken for the cache whose Pods it names") {
  const std::string other = replaced(kSpec, "name: cache", "name: other");
  const std::string more = replaced(kSpec, "replicas: 3", "replicas: 4");
  Request wanted = request(kSpec + "---\n" + other,
                           more + "---\n" + replaced(other, "replicas: 3", "replicas: 4"));
  const std::string nodes =
      "a 10.0.0.1:1@2,cache-0.x master - 0 0 1 connected 0-99\n"
      "b 10.0.0.2:1@2,cache-1.x master - 0 0 1 connected 100-16383\n";
  wanted.current_nodes = make_source("nodes", nodes);
  const Plan plan = plan_of(wanted);
  REQUIRE(plan.slots.size() == 2);
  CHECK(plan.slots[0].basis == "read from CLUSTER NODES");
  CHECK(plan.slots[1].basis.starts_with("assumed"));
  wanted.current_nodes = make_source("nodes", "a 10.0.0.1:1@2 master - 0 0 1 connected 0-16383\n");
  CHECK(plan_of(wanted).warnings.size() == 1);
}

TEST_CASE("a layout that is not balanced is a warning even if nothing changes") {
  Request wanted = request(kSpec, kSpec);
  wanted.current_nodes =
      make_source("nodes", "a 10.0.0.1:1@2,cache-0.x master - 0 0 1 connected 0-16383\n");
  const Plan plan = plan_of(wanted);
  CHECK(plan.impact == Impact::kNone);
  REQUIRE(plan.warnings.size() == 1);
  CHECK(plan.warnings[0].find("not balanced") != std::string::npos);
}

TEST_CASE("a restart of memory-only nodes is a warning that their keys go") {
  const std::string spec = replaced(kSpec, "enabled: true", "enabled: false");
  const Plan plan = plan_of(spec, replaced(spec, "redis:7.2", "redis:7.2.1"));
  REQUIRE(plan.warnings.size() == 1);
  CHECK(plan.warnings[0].find("comes back empty") != std::string::npos);
  CHECK(plan_of(kSpec, replaced(kSpec, "redis:7.2", "redis:7.2.1")).warnings.empty());
}

TEST_CASE("passwords are never shown") {
  const std::string secret =
      R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"p"},"stringData":{"password":"PASS"}})";
  const Plan plan =
      plan_of(replaced(secret, "PASS", "hunter2"), replaced(secret, "PASS", "hunter3"));
  CHECK(plan.changes.size() == 1);
  const std::string all = to_json_text(plan) + to_html(plan) + to_markdown(plan) +
                          to_text(plan, Detail::kDiff, Colour::kNever);
  CHECK(all.find("hunter") == std::string::npos);
  CHECK(all.find("aHVudGVy") == std::string::npos);
}

TEST_CASE("a line that the next release does not know is a change, though its text stays") {
  const std::string old_spec =
      replaced(replaced(replaced(kSpec, "7.2", "6.2"), "redis:7.2", "redis:6.2"),
               "  storage:", "  config: {custom: {gopher-enabled: \"yes\"}}\n  storage:");
  const std::string old_text = rendered(old_spec);
  const std::string new_text = replaced(old_text, "image: redis:6.2", "image: redis:7.0");
  for (const Plan& plan :
       {plan_of(old_text, new_text),
        plan_of(old_spec, replaced(replaced(old_spec, "6.2", "7.0"), "redis:6.2", "redis:7.0"))}) {
    const Change* change = change_by(plan, "config.unknown");
    REQUIRE(change != nullptr);
    CHECK(change->path == "/data/autocache.conf/gopher-enabled");
    CHECK(change->before == change->after);
    CHECK(step_of(plan, "prepare") != nullptr);
  }
  CHECK(change_by(plan_of(old_text, replaced(old_text, "redis:6.2", "redis:6.2.14")),
                  "config.unknown") == nullptr);
}

TEST_CASE("a step that the gate does is not announced twice") {
  const std::string six = replaced(kSpec, "replicas: 3", "replicas: 6\n  replicasPerShard: 1");
  const Plan plan = plan_of(six, replaced(six, "replicasPerShard: 1", "replicasPerShard: 2"));
  REQUIRE(step_of(plan, "gate") != nullptr);
  REQUIRE(step_of(plan, "sync") != nullptr);
  CHECK(step_of(plan, "gate")->detail.find("5462 slots") != std::string::npos);
  CHECK(step_of(plan, "sync")->detail.find("slots") == std::string::npos);
}

TEST_CASE("what is for kustomize is left out with a warning") {
  const Outcome outcome = make_plan(request(
      kSpec, kSpec + "---\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
                     "resources:\n- a.yaml\n"));
  REQUIRE(outcome.plan);
  CHECK(outcome.plan->changes.empty());
  REQUIRE(outcome.diagnostics.size() == 1);
  CHECK(format(outcome.diagnostics[0])
            .starts_with("new.yaml:14:1: warning: this is for kustomize: left out"));
}

TEST_CASE("bad inputs are located errors") {
  const std::string config = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n";
  CHECK(first_error(request(config, config + "---\n" + config))
            .starts_with("new.yaml:6:1: error: ConfigMap/a is here twice"));
  CHECK(first_error(request(config, "apiVersion: v1\nkind: ConfigMap\n"))
            .starts_with("new.yaml:1:1: error: /metadata/name: the object does not have it"));
  const std::string cut = rendered(kSpec).substr(0, rendered(kSpec).find("      containers:"));
  CHECK(first_error(request(kSpec, cut))
            .find("error: /spec/template/spec/containers: the object does not have it") !=
        std::string::npos);
  CHECK(first_error(request("- a\n", config))
            .starts_with("old.yaml:1:1: error: this is not a Kubernetes object"));
  CHECK(first_error(request(config, "a: [\n")).starts_with("new.yaml:"));
  CHECK(first_error(request(kSpec, replaced(kSpec, "replicas: 3", "replica: 3")))
            .find("new.yaml:10:3: error: /spec/replica") != std::string::npos);
  Request empty = request(config, "");
  empty.allow_empty = false;
  CHECK(first_error(empty).starts_with("new.yaml:1:1: error: new.yaml holds no object"));
  Request nodes = request(kSpec, kSpec);
  nodes.current_nodes = make_source("nodes", "nonsense");
  CHECK(first_error(nodes).starts_with("nodes:1:1: error: this is not a line of CLUSTER NODES"));
}

TEST_CASE("Kubernetes versions are read as people write them") {
  CHECK(parse_kube_version("1.31")->minor == 31);
  CHECK(parse_kube_version("v1.34.2+k3s1")->minor == 34);
  CHECK(!parse_kube_version("2.0"));
  CHECK(!parse_kube_version("latest"));
  CHECK(!parse_kube_version(""));
}
