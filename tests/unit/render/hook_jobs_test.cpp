// The Jobs of the hook for each tool, and the desired state that they carry.

#include "rendered.h"

namespace autocache::testing {
namespace {

render::Options with(render::Hooks hooks) {
  render::Options options;
  options.hooks = hooks;
  return options;
}

Json desired(const Rendered& out, const std::string& job = "cache-sync") {
  return Json::parse(
      out.get("Job", job)["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"]
          .get<std::string>());
}

TEST_CASE("without a tool that runs them there are no Jobs") {
  const Rendered& out = render_spec(kRedis);
  CHECK(out.names("Job").empty());
  CHECK(out.names("CronJob").empty());
}

TEST_CASE("each tool has its own way to run the Jobs, never mixed") {
  const auto annotations = [](render::Hooks hooks, const char* name, const char* kind = "Job") {
    Json out = render_spec(kRedis, with(hooks)).get(kind, name)["metadata"]["annotations"];
    out.erase("kubernetes.io/description");
    return out.dump();
  };
  CHECK(annotations(render::Hooks::kArgocd, "cache-gate") ==
        R"({"argocd.argoproj.io/hook":"PreSync",)"
        R"("argocd.argoproj.io/hook-delete-policy":"BeforeHookCreation"})");
  CHECK(annotations(render::Hooks::kArgocd, "cache-sync").find("PostSync") != std::string::npos);
  CHECK(annotations(render::Hooks::kHelm, "cache-gate") ==
        R"({"helm.sh/hook":"pre-upgrade","helm.sh/hook-delete-policy":"before-hook-creation"})");
  CHECK(annotations(render::Hooks::kHelm, "cache-sync").find("post-install,post-upgrade") !=
        std::string::npos);
  CHECK(
      annotations(render::Hooks::kFlux, "cache-sync") ==
      R"({"kustomize.toolkit.fluxcd.io/force":"Enabled","kustomize.toolkit.fluxcd.io/substitute":"disabled"})");
  // Never `force` on what Flux would delete and make again, with its volumes' claims.
  CHECK(annotations(render::Hooks::kFlux, "cache", "StatefulSet") ==
        R"({"kustomize.toolkit.fluxcd.io/substitute":"disabled"})");
}

TEST_CASE("the Jobs have a token and rights only if they write the status") {
  const Rendered& silent = render_spec(kRedis, with(render::Hooks::kArgocd));
  CHECK(silent.names("Role").empty());
  CHECK(silent.names("RoleBinding").empty());
  const Rendered& out =
      render_spec(kRedis + "hook: {writeStatus: true}\n", with(render::Hooks::kArgocd));
  for (const char* job : {"cache-gate", "cache-sync"}) {
    CHECK(silent.get("Job", job)["spec"]["template"]["spec"]["automountServiceAccountToken"] ==
          false);
    const Json& pod = out.get("Job", job)["spec"]["template"]["spec"];
    CHECK(pod["automountServiceAccountToken"] == true);
    CHECK(pod["containers"][0]["args"][1] == "--status");
    const std::string account = pod["serviceAccountName"].get<std::string>();
    const Json& role = out.get("Role", account);
    // A hook can use nothing of the sync that comes after it.
    CHECK(role["metadata"]["annotations"].value("argocd.argoproj.io/hook", "") ==
          (account == "cache-gate" ? "PreSync" : ""));
    CHECK(role["rules"].dump() ==
          R"([{"apiGroups":["cache.autocache.io"],"resources":["autocaches"],)"
          R"("resourceNames":["cache"],"verbs":["get"]},)"
          R"({"apiGroups":["cache.autocache.io"],"resources":["autocaches/status"],)"
          R"("resourceNames":["cache"],"verbs":["patch"]}])");
    CHECK(out.get("RoleBinding", account)["subjects"][0]["name"] == account);
  }
}

TEST_CASE("the desired state names every node in order") {
  const Rendered& out = render_spec(kValkey + "replicas: 4\nreplicasPerShard: 1\nport: 7000\n",
                                    with(render::Hooks::kArgocd));
  CHECK(desired(out)["nodes"].dump() ==
        R"(["cache-0-0.cache-headless:7000@16379","cache-0-1.cache-headless:7000@16379",)"
        R"("cache-1-0.cache-headless:7000@16379","cache-1-1.cache-headless:7000@16379"])");
  CHECK(desired(out)["replicasPerShard"] == 1);
  CHECK(desired(out, "cache-gate") == desired(out, "cache-sync"));
}

TEST_CASE("the desired state has the live configuration and the settings of the hook") {
  const Rendered& out = render_spec(
      kRedis +
          "config: {maxMemory: 1gb}\nhook: {timeout: 90s, rateLimitMBps: 5, onFull: Evict}\n"
          "slotPlan: {8192-12287: cache-1, 12288-16383: cache-2, 0-8191: cache-0}\n"
          "auth: {enabled: true, passwordSecret: pw}\nstorage: {enabled: true}\n"
          "scheduling: {loadAware: {enabled: true, cpuThreshold: 70}}\n",
      with(render::Hooks::kArgocd));
  const Json state = desired(out);
  CHECK(state["version"] == 1);
  CHECK(state["engine"] == "redis");
  CHECK(state["config"]["maxmemory"] == "1gb");
  CHECK(!state["config"].contains("port"));
  CHECK(state["config"]["save"] == "3600 1 300 100 60 10000");
  // As CONFIG SET takes it, without the quotes of the file.
  CHECK(desired(render_spec(kRedis, with(render::Hooks::kArgocd)))["config"]["save"] == "");
  CHECK(state["timeoutSeconds"] == 90);
  CHECK(state["rateLimitMBps"] == 5);
  CHECK(state["onFull"] == "Evict");
  CHECK(state["storage"] == true);
  CHECK(state["slotPlan"].dump() ==
        R"({"0-8191":"cache-0","8192-12287":"cache-1","12288-16383":"cache-2"})");
  CHECK(state["auth"]["passwordFile"] == "/run/secrets/autocache/password");
  CHECK(state["loadAware"]["cpuThreshold"] == 70);
  CHECK(out.get("Job", "cache-sync")["spec"]["activeDeadlineSeconds"] == 150);
}

TEST_CASE("text of the configuration reaches the hook without expansion by the kubelet") {
  const Rendered& out =
      render_spec(kRedis + "config: {custom: {proc-title-template: '$(POD_IP) {title}'}}\n",
                  with(render::Hooks::kArgocd));
  const std::string value =
      out.get("Job", "cache-sync")["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"];
  CHECK(value.find("$$(POD_IP)") != std::string::npos);
}

TEST_CASE("what runs before the sync depends on nothing in it") {
  const Rendered& out = render_spec(kRedis + "auth: {enabled: true, passwordSecret: pw}\n",
                                    with(render::Hooks::kArgocd));
  const Json& pod = out.get("Job", "cache-gate")["spec"]["template"]["spec"];
  CHECK(pod["serviceAccountName"] == "cache-gate");
  CHECK(out.get("ServiceAccount",
                "cache-gate")["metadata"]["annotations"]["argocd.argoproj.io/hook"] == "PreSync");
  CHECK(pod["volumes"].size() == 1);
  CHECK(pod["volumes"][0]["secret"]["optional"] == true);
  CHECK(!out.get("ServiceAccount", "cache-hook")["metadata"]["annotations"].contains(
      "argocd.argoproj.io/hook"));
}

TEST_CASE("Pods of the hook match no selector of the cache") {
  const Rendered& out = render_spec(kRedis, with(render::Hooks::kArgocd));
  const Json& labels = out.get("Job", "cache-sync")["spec"]["template"]["metadata"]["labels"];
  CHECK(labels["app.kubernetes.io/name"] == "autocache-hook");
  CHECK(out.get("Service", "cache")["spec"]["selector"]["app.kubernetes.io/name"] == "autocache");
}

TEST_CASE("the Jobs go where the cache may go") {
  const Rendered& out =
      render_spec(kRedis +
                      "tolerations: [{key: a, operator: Exists}]\nnodeSelector: {b: c}\n"
                      "imagePullSecrets: [{name: d}]\npriorityClassName: e\n"
                      "hook: {resources: {limits: {memory: 64Mi}}}\n",
                  with(render::Hooks::kArgocd));
  const Json& pod = out.get("Job", "cache-gate")["spec"]["template"]["spec"];
  CHECK(pod["tolerations"][0]["key"] == "a");
  CHECK(pod["nodeSelector"]["b"] == "c");
  CHECK(pod["imagePullSecrets"][0]["name"] == "d");
  CHECK(pod["priorityClassName"] == "e");
  CHECK(pod["containers"][0]["resources"]["limits"]["memory"] == "64Mi");
  CHECK(!pod.contains("affinity"));
}

TEST_CASE("a change that only the hook sees changes an object that tools compare") {
  const auto annotations = [](const std::string& more) {
    return render_spec(kRedis + more, with(render::Hooks::kArgocd))
        .get("ConfigMap", "cache-config")["metadata"]["annotations"]
        .dump();
  };
  CHECK(annotations("") != annotations("hook: {rateLimitMBps: 5}\n"));
  CHECK(annotations("") != annotations("hook: {healSchedule: \"1 2 3 4 5\"}\n"));
  CHECK(annotations("") == annotations(""));
}

TEST_CASE("hooks change nothing in the Pods of the cache") {
  CHECK(render_spec(kRedis).get("StatefulSet", "cache") ==
        render_spec(kRedis, with(render::Hooks::kArgocd)).get("StatefulSet", "cache"));
}

}  // namespace
}  // namespace autocache::testing
