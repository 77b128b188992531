// Manifests and live objects against specs and each other: what they cannot name, and what others
// have put into them.

#include "plan/plan.h"
#include "plan/read_side.h"
#include "support/catch.h"
#include "unit/plan/support.h"

#include <string>

using namespace autocache;
using namespace autocache::plan;
using namespace autocache::plan::testing;

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

TEST_CASE("what manifests cannot name is a warning where it may hide a change") {
  const std::string pairs = replaced(kSpec, "replicas: 3", "replicas: 6\n  replicasPerShard: 1");
  const std::string fixed =
      pairs + "  slotPlan: {0-8191: cache-0, 8192-12287: cache-1, 12288-16383: cache-2}\n";
  const Plan plan = plan_of(rendered(pairs), fixed);
  CHECK(plan.changes.empty());
  CHECK(plan.slots.empty());
  REQUIRE(plan.warnings.size() == 1);
  CHECK(plan.warnings[0] ==
        "cache: the manifests without hook Jobs do not name slot plan: taken "
        "to be as on the other side");
  const std::string single =
      replaced(pairs, "replicasPerShard: 1", "replicasPerShard: 1\n  layout: Single");
  REQUIRE(plan_of(rendered(single), single).warnings.size() == 1);
  CHECK(plan_of(rendered(pairs), pairs).warnings.empty());
  CHECK(plan_of(fixed, fixed).warnings.empty());
}

TEST_CASE("tiers that hold less than the cache are told from manifests too") {
  const std::string tiers =
      "apiVersion: cache.autocache.io/v1alpha1\nkind: AutoCache\nmetadata:\n  name: cache\nspec:\n "
      " "
      "tieredStorage:\n    enabled: true\n    hotTier: {capacity: 1Gi}\n    warmTier: {type: SSD, "
      "capacity: 20Gi}\n";
  Request wanted = request(rendered(tiers), replaced(tiers, "20Gi", "10Gi"));
  wanted.options.bytes = std::int64_t{40} << 30;
  const Plan plan = plan_of(wanted);
  REQUIRE(plan.warnings.size() == 1);
  CHECK(plan.warnings[0].starts_with(
      "cache: the tiers together hold 33.0 GiB, the cache holds 40.0 GiB"));
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
