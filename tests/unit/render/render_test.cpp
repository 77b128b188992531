#include "render/render.h"

#include "rendered.h"

namespace autocache::testing {
namespace {

const std::string kSpec =
    "apiVersion: cache.autocache.io/v1alpha1\nkind: AutoCache\nmetadata:\n  name: cache\n"
    "  labels: {team: shop}\nspec:\n  engine: redis\n  image: redis:8.0\n  storage: {size: "
    "1024Mi}\n";

TEST_CASE("without a namespace no object names one, with one all do") {
  const Rendered without = render_document(kSpec);
  CHECK(without.text().find("namespace:") == std::string::npos);
  const Rendered with = render_document(
      "apiVersion: cache.autocache.io/v1alpha1\nkind: AutoCache\n"
      "metadata: {name: cache, namespace: shop}\nspec: {engine: redis, image: 'redis:8.0'}\n");
  for (const Json& object : with.objects) CHECK(object["metadata"]["namespace"] == "shop");
}

TEST_CASE("the resource itself is as it was written, without defaults") {
  render::Options options;
  options.include_resource = true;
  const Rendered out = render_document(kSpec, options);
  const Json& resource = out.objects.back();
  CHECK(resource["kind"] == "AutoCache");
  CHECK(resource["metadata"]["labels"]["team"] == "shop");
  CHECK(!resource["spec"].contains("replicas"));
}

TEST_CASE("objects come in the order in which they can be applied") {
  std::vector<std::string> kinds;
  render::Options options;
  options.hooks = render::Hooks::kArgocd;
  for (const Json& object : render_document(kSpec, options).objects)
    kinds.push_back(object["kind"]);
  CHECK(kinds == std::vector<std::string>{"PodDisruptionBudget", "ServiceAccount", "ServiceAccount",
                                          "ServiceAccount", "ConfigMap", "Service", "Service",
                                          "StatefulSet", "Job", "Job", "CronJob"});
}

TEST_CASE("rendering twice gives the same bytes") {
  CHECK(render_document(kSpec).text() == render_document(kSpec).text());
}

TEST_CASE("an existing ServiceAccount is used and not rendered") {
  const Rendered& out = render_spec(kRedis + "serviceAccountName: mine\n");
  CHECK(out.names("ServiceAccount").empty());
  CHECK(out.pod()["serviceAccountName"] == "mine");
  CHECK(out.pod()["automountServiceAccountToken"] == false);
}

TEST_CASE("the client Service has what the spec says") {
  const Json& service =
      render_spec(kRedis +
                  "port: 7000\nservice: {type: NodePort, nodePort: 30700, externalTrafficPolicy: "
                  "Local}\nserviceAnnotations: {a: b}\n")
          .get("Service", "cache");
  CHECK(service["spec"]["type"] == "NodePort");
  CHECK(service["spec"]["ports"].dump() ==
        R"([{"name":"redis","port":7000,"targetPort":"redis","protocol":"TCP","nodePort":30700}])");
  CHECK(service["spec"]["externalTrafficPolicy"] == "Local");
  CHECK(service["metadata"]["annotations"]["a"] == "b");
}

TEST_CASE("every object says in an annotation what it is for") {
  render::Options options;
  options.include_resource = true;
  for (const render::Hooks hooks :
       {render::Hooks::kNone, render::Hooks::kArgocd, render::Hooks::kFlux, render::Hooks::kHelm}) {
    options.hooks = hooks;
    const Rendered& out = render_spec(
        kRedis + "storage: {enabled: true, claims: Explicit}\nserviceAnnotations: {a: b}\n",
        options);
    for (const Json& object : out.objects) {
      INFO(object.dump());
      CHECK(object["metadata"]["annotations"].contains("kubernetes.io/description"));
    }
  }
}

TEST_CASE("a description of the user stays") {
  const Json& service =
      render_spec(kRedis + "serviceAnnotations: {kubernetes.io/description: mine}\n")
          .get("Service", "cache");
  CHECK(service["metadata"]["annotations"].dump() == R"({"kubernetes.io/description":"mine"})");
}

TEST_CASE("what the API server adds inside of atomic fields is rendered") {
  const Rendered& out = render_spec(
      kRedis +
      "env:\n  - {name: A, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}\n"
      "  - {name: B, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}\n"
      "extraVolumes:\n  - name: about\n    projected:\n      sources:\n"
      "        - serviceAccountToken: {path: token}\n"
      "        - downwardAPI: {items: [{path: a, fieldRef: {fieldPath: metadata.name}}]}\n");
  const Json& env = out.server()["env"];
  CHECK(env[env.size() - 2]["valueFrom"]["fieldRef"]["apiVersion"] == "v1");
  CHECK(env[env.size() - 1]["valueFrom"]["resourceFieldRef"]["divisor"] == "0");
  const Json& sources = out.pod()["volumes"].back()["projected"]["sources"];
  CHECK(sources[0]["serviceAccountToken"]["expirationSeconds"] == 3600);
  CHECK(sources[1]["downwardAPI"]["items"][0]["fieldRef"]["apiVersion"] == "v1");
}

TEST_CASE("the headless Service gives Pods their names before they are ready") {
  const Json& service = render_spec(kRedis).get("Service", "cache-headless")["spec"];
  CHECK(service["clusterIP"] == "None");
  CHECK(service["publishNotReadyAddresses"] == true);
  CHECK(service["ports"][1]["name"] == "bus");
}

}  // namespace
}  // namespace autocache::testing
