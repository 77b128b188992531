#include "plan/plan.h"

#include "plan/read_side.h"
#include "support/catch.h"
#include "unit/plan/support.h"

#include <string>

using namespace autocache;
using namespace autocache::plan;
using namespace autocache::plan::testing;

namespace {

const std::string kSpec = R"(apiVersion: cache.autocache.io/v1alpha1
kind: AutoCache
metadata:
  name: cache
  namespace: shop
spec:
  engine: redis
  engineVersion: "7.2"
  image: redis:7.2
  replicas: 3
  storage:
    enabled: true
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string rendered(const std::string& spec) {
  Request wanted = request("", spec);
  const Plan plan = plan_of(wanted);
  std::string text;
  for (const Step& step : plan.steps) {
    if (step.phase == "apply") text = manifest::write(step.objects, manifest::Format::kYaml);
  }
  REQUIRE(!text.empty());
  return text;
}

const Step* step_of(const Plan& plan, std::string_view phase) {
  for (const Step& step : plan.steps) {
    if (step.phase == phase) return &step;
  }
  return nullptr;
}

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

TEST_CASE("what kubectl prints of the running objects is no change against the spec") {
  Json list = {{"apiVersion", "v1"}, {"kind", "List"}, {"items", Json::array()}};
  const std::string text = rendered(kSpec);
  const Plan plan = plan_of("", text);
  for (const Step& step : plan.steps) {
    if (step.phase != "apply") continue;
    for (Json object : step.objects) {
      object["metadata"]["uid"] = "1";
      object["metadata"]["resourceVersion"] = "7";
      object["metadata"]["managedFields"] = Json::array();
      object["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] =
          object.dump();
      object["metadata"]["annotations"]["example.com/controller"] = "added by somebody";
      object["status"] = {{"replicas", 3}};
      if (object["kind"] == "Service" && !object["spec"].contains("clusterIP")) {
        object["spec"]["clusterIP"] = "10.0.0.9";
        object["spec"]["clusterIPs"] = {"10.0.0.9"};
        object["spec"]["ipFamilies"] = {"IPv4"};
      }
      list["items"].push_back(object);
    }
  }
  list["items"].push_back(
      {{"apiVersion", "v1"},
       {"kind", "Pod"},
       {"metadata", {{"name", "cache-0"}, {"namespace", "shop"}, {"uid", "2"}}}});
  list["items"].push_back(
      {{"apiVersion", "v1"},
       {"kind", "PersistentVolumeClaim"},
       {"metadata", {{"name", "data-cache-0"}, {"namespace", "shop"}, {"uid", "3"}}},
       {"spec", {{"accessModes", {"ReadWriteOnce"}}, {"resources", Json::object()}}}});
  list["items"].push_back(
      {{"apiVersion", "v1"},
       {"kind", "ConfigMap"},
       {"metadata", {{"name", "kube-root-ca.crt"}, {"namespace", "shop"}, {"uid", "4"}}}});
  CHECK(plan_of(list.dump(), kSpec).changes.empty());
  const Plan changed = plan_of(list.dump(), replaced(kSpec, "redis:7.2", "redis:7.2.1"));
  CHECK(changed.impact == Impact::kRollingRestart);
}

TEST_CASE("a namespace that one side leaves open matches") {
  CHECK(plan_of(rendered(kSpec), replaced(kSpec, "  namespace: shop\n", "")).changes.empty());
}

TEST_CASE("a namespace that only the hook's Jobs and live objects name matches too") {
  const std::string open = replaced(kSpec, "  namespace: shop\n", "");
  for (const auto hooks : {render::Hooks::kArgocd, render::Hooks::kFlux, render::Hooks::kHelm}) {
    for (const std::string& spec : {kSpec, open}) {
      Request wanted = request("", spec);
      wanted.hooks = hooks;
      Diagnostics problems;
      const Sides sides = read_sides(wanted, problems);
      std::vector<Json> objects;
      for (const Object& object : sides.after.side.objects) objects.push_back(object.written);
      for (Json& object : objects) object["metadata"]["namespace"] = "shop";
      const std::string text = manifest::write(objects, manifest::Format::kYaml);
      CHECK(plan_of(text, open).changes.empty());
      CHECK(plan_of(open, text).changes.empty());
    }
  }
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

TEST_CASE("manifests without hook Jobs: what the Jobs would do is left to people") {
  const std::string fewer = rendered(replaced(kSpec, "replicas: 3", "replicas: 2"));
  const Plan plan = plan_of(rendered(kSpec), fewer);
  const Step* gate = step_of(plan, "gate");
  REQUIRE(gate != nullptr);
  CHECK(gate->by_hand);
  CHECK(gate->commands.empty());
  CHECK(gate->detail.find("no Job cache-gate") != std::string::npos);
  CHECK(to_text(plan, Detail::kPlan, Colour::kNever).find("apply -f /") == std::string::npos);
}

TEST_CASE("manifests do not name replicas per shard: the spec's count on both sides") {
  const std::string spec =
      replaced(kSpec, "replicas: 3", "replicas: 6\n  replicasPerShard: 1\n  layout: Single");
  const std::string manifests = rendered(spec);
  CHECK(plan_of(manifests, spec).slots.empty());
  CHECK(plan_of(manifests, spec).changes.empty());
  const Plan more = plan_of(manifests, replaced(spec, "replicas: 6", "replicas: 8"));
  REQUIRE(more.slots.size() == 1);
  CHECK(more.slots[0].moved == 4096);
}

TEST_CASE("an image without a release is judged as the release that the other side states") {
  const std::string stated = replaced(kSpec, "image: redis:7.2", "image: redis:stable");
  CHECK(plan_of(replaced(stated, "  engineVersion: \"7.2\"\n", ""), stated).impact ==
        Impact::kNone);
}

TEST_CASE("kinds that kubectl was not asked for are a warning") {
  Json list = {{"apiVersion", "v1"}, {"kind", "List"}, {"items", Json::array()}};
  const Plan all = plan_of("", kSpec);
  for (Json object : step_of(all, "apply")->objects) {
    object["metadata"]["uid"] = "1";
    if (object["kind"] != "PodDisruptionBudget") list["items"].push_back(object);
  }
  const Plan plan = plan_of(list.dump(), kSpec);
  CHECK(plan.changes.size() == 1);
  REQUIRE(plan.warnings.size() == 1);
  CHECK(plan.warnings[0].find("lists no PodDisruptionBudget") != std::string::npos);
  CHECK(plan_of(rendered(kSpec), kSpec).warnings.empty());
}

TEST_CASE("hook Jobs that a tool made for its last sync are no difference") {
  Json list = {{"apiVersion", "v1"}, {"kind", "List"}, {"items", Json::array()}};
  Request wanted = request("", kSpec);
  wanted.hooks = render::Hooks::kArgocd;
  const Plan all = plan_of(wanted);
  const auto take = [&](std::string_view phase) {
    for (Json object : step_of(all, phase)->objects) {
      object["metadata"]["uid"] = "1";
      list["items"].push_back(object);
    }
  };
  take("apply");
  CHECK(plan_of(list.dump(), kSpec).changes.empty());
  take("sync");
  list["items"].erase(list["items"].size() - 2);  // the account is among what was applied
  Json& annotations = list["items"].back()["metadata"]["annotations"];
  annotations["argocd.argoproj.io/hook"] = "PostSync";
  annotations["argocd.argoproj.io/hook-delete-policy"] = "BeforeHookCreation";
  CHECK(plan_of(list.dump(), kSpec).changes.empty());
}

TEST_CASE("what the commands of a runbook leave in the cluster is no difference") {
  Json list = {{"apiVersion", "v1"}, {"kind", "List"}, {"items", Json::array()}};
  const Plan all = plan_of("", kSpec);
  for (const char* phase : {"apply", "sync"}) {
    for (Json object : step_of(all, phase)->objects) {
      object["metadata"]["uid"] = "1";
      list["items"].push_back(object);
    }
  }
  CHECK(plan_of(list.dump(), kSpec).changes.empty());
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

TEST_CASE("kubectl rollout restart leaves no difference, a stated restart is one") {
  const std::string key = "kubectl.kubernetes.io/restartedAt";
  Json list = {{"apiVersion", "v1"}, {"kind", "List"}, {"items", Json::array()}};
  const Plan first = plan_of("", kSpec);
  for (Json object : step_of(first, "apply")->objects) {
    object["metadata"]["uid"] = "1";
    if (object["kind"] == "StatefulSet")
      object["spec"]["template"]["metadata"]["annotations"][key] = "2026-01-01T00:00:00Z";
    list["items"].push_back(object);
  }
  CHECK(plan_of(list.dump(), kSpec).changes.empty());
  const std::string stated = kSpec + "  podAnnotations: {" + key + ": \"2026-02-02\"}\n";
  CHECK(plan_of(list.dump(), stated).impact == Impact::kRollingRestart);
  CHECK(plan_of(kSpec, stated).impact == Impact::kRollingRestart);

  Json& set = list["items"].back();
  REQUIRE(set["kind"] == "StatefulSet");
  Json fields;
  fields["f:spec"]["f:template"]["f:metadata"]["f:annotations"]["f:" + key] = Json::object();
  set["metadata"]["managedFields"] = Json::array({{{"operation", "Apply"}, {"fieldsV1", fields}}});
  CHECK(plan_of(list.dump(), kSpec).impact == Impact::kRollingRestart);
}

TEST_CASE("a password that comes is told from manifests too") {
  const std::string secured = kSpec + "  auth:\n    enabled: true\n    passwordSecret: password\n";
  const Plan plan = plan_of(rendered(kSpec), secured);
  const Change* change = change_by(plan, "sts.auth-on");
  REQUIRE(change != nullptr);
  CHECK(change->effect.find("some ask for the password and others do not") != std::string::npos);
  CHECK(change_by(plan_of(secured, rendered(kSpec)), "sts.auth-off") != nullptr);
  const std::string other = replaced(secured, "passwordSecret: password", "passwordSecret: other");
  CHECK(change_by(plan_of(rendered(secured), other), "sts.auth-secret") != nullptr);
  CHECK(change_by(plan_of(kSpec, secured), "spec.auth-secret") == nullptr);
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
