// How many StatefulSets, budgets and claims there are, and where their Pods go.

#include "rendered.h"

namespace autocache::testing {
namespace {

using Names = std::vector<std::string>;

TEST_CASE("a cluster without replicas is one StatefulSet with one budget") {
  const Rendered& out = render_spec(kRedis);
  CHECK(out.names("StatefulSet") == Names{"cache"});
  CHECK(out.get("StatefulSet", "cache")["spec"]["replicas"] == 3);
  CHECK(out.names("PodDisruptionBudget") == Names{"cache"});
  CHECK(out.get("PodDisruptionBudget", "cache")["spec"]["maxUnavailable"] == 1);
  CHECK(out.get("PodDisruptionBudget", "cache")["spec"]["unhealthyPodEvictionPolicy"] ==
        "AlwaysAllow");
}

TEST_CASE("a cluster with replicas is one StatefulSet and one budget per shard") {
  const Rendered& out = render_spec(kValkey + "replicas: 6\nreplicasPerShard: 1\n");
  CHECK(out.names("StatefulSet") == Names{"cache-0", "cache-1", "cache-2"});
  CHECK(out.names("PodDisruptionBudget") == Names{"cache-0", "cache-1", "cache-2"});
  const Json& shard = out.get("StatefulSet", "cache-1");
  CHECK(shard["spec"]["replicas"] == 2);
  CHECK(shard["spec"]["serviceName"] == "cache-headless");
  CHECK(shard["spec"]["selector"]["matchLabels"]["cache.autocache.io/shard"] == "1");
  CHECK(shard["spec"]["template"]["metadata"]["labels"]["cache.autocache.io/shard"] == "1");
  const Json& apart = shard["spec"]["template"]["spec"]["affinity"]["podAntiAffinity"]
                           ["preferredDuringSchedulingIgnoredDuringExecution"];
  CHECK(apart[0]["podAffinityTerm"]["labelSelector"]["matchLabels"]["cache.autocache.io/shard"] ==
        "1");
  CHECK(out.get("PodDisruptionBudget", "cache-1")["spec"]["selector"] == shard["spec"]["selector"]);
  CHECK(!out.get("Service", "cache")["spec"]["selector"].contains("cache.autocache.io/shard"));
}

TEST_CASE("the layout can be chosen against the default") {
  CHECK(render_spec(kValkey + "replicas: 6\nreplicasPerShard: 1\nlayout: Single\n")
            .names("StatefulSet") == Names{"cache"});
  const Rendered& shards = render_spec(kRedis + "layout: PerShard\n");
  CHECK(shards.names("StatefulSet") == Names{"cache-0", "cache-1", "cache-2"});
  // A budget for a single Pod would stop nothing: the cluster as a whole has one.
  CHECK(shards.names("PodDisruptionBudget") == Names{"cache"});
}

TEST_CASE("a single node has no budget, and a budget can be switched off") {
  CHECK(render_spec(kRedis + "replicas: 1\n").names("PodDisruptionBudget").empty());
  CHECK(render_spec(kRedis + "podDisruptionBudget: {enabled: false}\n")
            .names("PodDisruptionBudget")
            .empty());
  const Json& budget = render_spec(kRedis + "podDisruptionBudget: {minAvailable: 50%}\n")
                           .get("PodDisruptionBudget", "cache")["spec"];
  CHECK(budget["minAvailable"] == "50%");
  CHECK(!budget.contains("maxUnavailable"));
}

TEST_CASE("scaling touches no Pod template") {
  for (const std::string& base :
       {kRedis, kValkey + "replicasPerShard: 1\n",
        kRedis + "storage: {enabled: true, claims: Explicit}\n",
        std::string("image: autocache:1\ntieredStorage: {enabled: true, warmTier: {}}\n")}) {
    const Rendered& small = render_spec(base + "replicas: 4\n");
    const Rendered& large = render_spec(base + "replicas: 8\n");
    for (const std::string& name : small.names("StatefulSet")) {
      INFO(base << name);
      CHECK(small.get("StatefulSet", name)["spec"]["template"] ==
            large.get("StatefulSet", name)["spec"]["template"]);
      CHECK(small.get("StatefulSet", name)["spec"]["selector"] ==
            large.get("StatefulSet", name)["spec"]["selector"]);
    }
    CHECK(small.get("ConfigMap", "cache-config") == large.get("ConfigMap", "cache-config"));
  }
}

TEST_CASE("explicit claims have the names that the StatefulSets give them") {
  const Rendered& out = render_spec(
      kValkey +
      "replicas: 4\nreplicasPerShard: 1\nstorage: {enabled: true, claims: Explicit, size: 5Gi}\n");
  CHECK(out.names("PersistentVolumeClaim") ==
        Names{"data-cache-0-0", "data-cache-0-1", "data-cache-1-0", "data-cache-1-1"});
  const Json& claim = out.get("PersistentVolumeClaim", "data-cache-1-0");
  CHECK(claim["spec"]["resources"]["requests"]["storage"] == "5Gi");
  const Rendered& bigger = render_spec(
      kValkey +
      "replicas: 4\nreplicasPerShard: 1\nstorage: {enabled: true, claims: Explicit, size: 9Gi}\n");
  CHECK(out.get("StatefulSet", "cache-1") == bigger.get("StatefulSet", "cache-1"));
}

TEST_CASE("each tool leaves explicit claims alone as far as their retention says") {
  const auto annotations = [](const std::string& retention, render::Hooks hooks) {
    render::Options options;
    options.hooks = hooks;
    Json found = render_spec(kValkey + "storage: {enabled: true, claims: Explicit, retention: {" +
                                 retention + "}}\n",
                             options)
                     .get("PersistentVolumeClaim", "data-cache-0")["metadata"]
                     .value("annotations", Json::object());
    found.erase("kustomize.toolkit.fluxcd.io/substitute");
    found.erase("kubernetes.io/description");
    return found.dump();
  };
  const std::string scaled = "whenScaled: Delete";
  const std::string deleted = "whenDeleted: Delete";
  const std::string none = scaled + ", " + deleted;
  using render::Hooks;
  CHECK(annotations("", Hooks::kArgocd) ==
        R"({"argocd.argoproj.io/sync-options":"Prune=false,Delete=false",)"
        R"("argocd.argoproj.io/compare-options":"IgnoreExtraneous"})");
  CHECK(annotations("", Hooks::kNone) == annotations("", Hooks::kArgocd));
  CHECK(annotations(deleted, Hooks::kArgocd) ==
        R"({"argocd.argoproj.io/sync-options":"Prune=false",)"
        R"("argocd.argoproj.io/compare-options":"IgnoreExtraneous"})");
  CHECK(annotations(scaled, Hooks::kArgocd) ==
        R"({"argocd.argoproj.io/sync-options":"Delete=false"})");
  for (const std::string& some : {std::string(), scaled, deleted}) {
    CHECK(annotations(some, Hooks::kFlux) == R"({"kustomize.toolkit.fluxcd.io/prune":"disabled"})");
    CHECK(annotations(some, Hooks::kHelm) == R"({"helm.sh/resource-policy":"keep"})");
  }
  for (const Hooks hooks : {Hooks::kArgocd, Hooks::kFlux, Hooks::kHelm, Hooks::kNone}) {
    CHECK(annotations(none, hooks) == "{}");
  }
}

TEST_CASE("a claim template has all that the API server fills in") {
  const Json& claim = render_spec(kRedis + "storage: {enabled: true, storageClassName: fast}\n")
                          .get("StatefulSet", "cache")["spec"]["volumeClaimTemplates"][0];
  CHECK(claim.dump() ==
        R"({"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data"},)"
        R"("spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"10Gi"}},)"
        R"("storageClassName":"fast","volumeMode":"Filesystem"},"status":{"phase":"Pending"}})");
}

TEST_CASE("topology-aware placement spreads the Pods of a shard over zones") {
  const Json& spread =
      render_spec(kValkey +
                  "replicas: 6\nreplicasPerShard: 1\nscheduling: {topologyAware: {enabled: true, "
                  "topologyKey: rack, maxSkew: 2}}\n")
          .pod("cache-2")["topologySpreadConstraints"];
  REQUIRE(spread.size() == 1);
  CHECK(spread[0]["topologyKey"] == "rack");
  CHECK(spread[0]["maxSkew"] == 2);
  CHECK(spread[0]["labelSelector"]["matchLabels"]["cache.autocache.io/shard"] == "2");
}

TEST_CASE("load-aware placement adds a preference that is stronger for lower thresholds") {
  const auto weight = [](const std::string& more) {
    const Json& terms = render_spec(kRedis + more)
                            .pod()["affinity"]["podAntiAffinity"]
                                  ["preferredDuringSchedulingIgnoredDuringExecution"];
    return terms.back()["weight"].get<int>();
  };
  CHECK(weight("scheduling: {loadAware: {enabled: true}}\n") == 20);
  CHECK(weight("scheduling: {loadAware: {enabled: true, cpuThreshold: 40}}\n") == 40);
  const Rendered& given =
      render_spec(kRedis +
                  "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
                  "{nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Exists}]}]}}}\n"
                  "scheduling: {loadAware: {enabled: true}}\n");
  CHECK(given.pod()["affinity"].contains("nodeAffinity"));
  CHECK(
      given.pod()["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
          .size() == 1);
}

TEST_CASE("a given affinity replaces the default") {
  const Json& pod =
      render_spec(kRedis +
                  "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
                  "[{topologyKey: kubernetes.io/hostname}]}}\n")
          .pod();
  CHECK(pod["affinity"].dump() ==
        R"({"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":)"
        R"([{"topologyKey":"kubernetes.io/hostname"}]}})");
}

TEST_CASE("labels of the user never take the place of ours") {
  const Json& labels = render_spec(kRedis + "podLabels: {team: shop}\n")
                           .get("StatefulSet", "cache")["spec"]["template"]["metadata"]["labels"];
  CHECK(labels["team"] == "shop");
  CHECK(labels["app.kubernetes.io/name"] == "autocache");
}

}  // namespace
}  // namespace autocache::testing
