#include "spec/crd.h"

#include "base/json.h"
#include "support/catch.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>
#include <string>

namespace autocache::spec {
namespace {

using Visit = std::function<void(const std::string& path, const Json& schema)>;

void walk(const std::string& path, const Json& schema, const Visit& visit) {
  visit(path, schema);
  if (schema.contains("properties")) {
    for (const auto& [name, child] : schema["properties"].items()) {
      walk(path + "." + name, child, visit);
    }
  }
  if (schema.contains("items")) {
    walk(path + "[]", schema["items"], visit);
  }
  if (schema.contains("additionalProperties")) {
    walk(path + "{}", schema["additionalProperties"], visit);
  }
}

const Json& definition() {
  static const Json crd_json = crd(kinds().front());
  return crd_json;
}

const Json& version() {
  return definition()["spec"]["versions"][0];
}
const Json& root() {
  return version()["schema"]["openAPIV3Schema"];
}

TEST_CASE("the CRD names its kind as the API server would") {
  const auto& spec = definition()["spec"];
  CHECK(definition()["apiVersion"] == "apiextensions.k8s.io/v1");
  CHECK(definition()["metadata"]["name"] == "autocaches.cache.autocache.io");
  CHECK(spec["group"] == "cache.autocache.io");
  CHECK(spec["scope"] == "Namespaced");
  CHECK(spec["conversion"] == Json::parse(R"({"strategy": "None"})"));
  CHECK(spec["names"] ==
        Json::parse(R"({"kind": "AutoCache", "listKind": "AutoCacheList", "plural": "autocaches",)"
                    R"( "singular": "autocache", "shortNames": ["ac"]})"));
}

TEST_CASE("the CRD has status, scale and the columns of kubectl get") {
  CHECK(
      version()["subresources"] ==
      Json::parse(
          R"({"scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"},)"
          R"( "status": {}})"));
  std::vector<std::string> names;
  for (const auto& column : version()["additionalPrinterColumns"]) {
    names.push_back(column["name"]);
  }
  CHECK(names == std::vector<std::string>{"Replicas", "Ready", "Phase", "Cluster", "Age"});
}

TEST_CASE("the CRD is far below the limit of kubectl's annotation") {
  CHECK(definition().dump().size() < 200'000);
}

TEST_CASE(
    "the CRD has an annotation, without which a server-side diff after a client-side apply is "
    "never empty") {
  CHECK_FALSE(definition()["metadata"]["annotations"].empty());
}

TEST_CASE("the schema is structural: every node has one type") {
  walk("", root(), [](const std::string& path, const Json& schema) {
    INFO(path);
    CHECK(schema.contains("type") != schema.contains("x-kubernetes-int-or-string"));
    CHECK((schema.contains("description") || path == ".metadata"));
    CHECK_FALSE((schema.contains("properties") && schema.contains("additionalProperties")));
  });
}

TEST_CASE("lists, maps and strings of the spec are bounded, as the cost of rules demands") {
  walk("spec", root()["properties"]["spec"], [](const std::string& path, const Json& schema) {
    INFO(path);
    if (schema.value("type", "") == "array") {
      CHECK(schema.contains("maxItems"));
    }
    if (schema.contains("additionalProperties")) {
      CHECK(schema.contains("maxProperties"));
    }
    if (schema.value("type", "") == "string") {
      CHECK((schema.contains("maxLength") || schema.contains("enum")));
    }
  });
}

TEST_CASE("keys of list entries are required or have a default") {
  walk("", root(), [](const std::string& path, const Json& schema) {
    if (!schema.contains("x-kubernetes-list-map-keys")) {
      return;
    }
    CHECK(schema["x-kubernetes-list-type"] == "map");
    const auto required = schema["items"].value("required", std::set<std::string>());
    for (const auto& key : schema["x-kubernetes-list-map-keys"]) {
      INFO(path << ' ' << key);
      CHECK((required.count(key) == 1 ||
             schema["items"]["properties"][key.get<std::string>()].contains("default")));
    }
  });
}

TEST_CASE(
    "a default of an object with rules holds the defaults of its fields, for the rules are checked "
    "against it") {
  const auto& fallback = root()["properties"]["spec"]["default"];
  CHECK(fallback["replicas"] == 3);
  CHECK(fallback["engine"] == "autocache");
  CHECK(fallback["storage"]["size"] == "10Gi");
  CHECK(fallback["storage"]["retention"]["whenScaled"] == "Retain");
  CHECK(root()["properties"]["spec"]["properties"]["storage"]["default"] == Json::object());
}

TEST_CASE("Kubernetes types have no defaults but that of a key and those inside of atomic fields") {
  // Where server-side apply takes a field as a whole, leaving out what the API server adds is a
  // change.
  static constexpr std::string_view kWithDefault[] = {".ports[].protocol", ".fieldRef.apiVersion",
                                                      ".resourceFieldRef.divisor",
                                                      ".serviceAccountToken.expirationSeconds"};
  for (const char* name : {"affinity", "tolerations", "resources", "topologySpreadConstraints",
                           "env", "extraVolumes", "extraVolumeMounts", "sidecars", "initContainers",
                           "podSecurityContext", "securityContext"}) {
    walk(name, root()["properties"]["spec"]["properties"][name],
         [](const std::string& path, const Json& schema) {
           INFO(path);
           CHECK(schema.contains("default") ==
                 std::any_of(std::begin(kWithDefault), std::end(kWithDefault),
                             [&](std::string_view end) { return path.ends_with(end); }));
         });
  }
}

TEST_CASE("a type of which exactly one member is set counts its members") {
  const auto& source =
      root()["properties"]["spec"]["properties"]["env"]["items"]["properties"]["valueFrom"];
  CHECK(source["minProperties"] == 1);
  CHECK(source["maxProperties"] == 1);
}

TEST_CASE("a map with a key format has a rule about its keys") {
  const auto& labels = root()["properties"]["spec"]["properties"]["nodeSelector"];
  const std::string rule = labels["x-kubernetes-validations"][0]["rule"];
  CHECK(rule.starts_with("self.all(key, size(key) <= 317 && key.matches('^([a-z0-9]"));
  CHECK(rule.find("\\\\.") != std::string::npos);
}

TEST_CASE("a quantity is an integer or a string, and its pattern knows the sign") {
  const auto& size = root()["properties"]["spec"]["properties"]["storage"]["properties"]["size"];
  CHECK(size["x-kubernetes-int-or-string"] == true);
  CHECK(size["default"] == "10Gi");
  CHECK(size["minimum"] == 0);
  CHECK(size["pattern"].get<std::string>().starts_with("^\\+?("));
}

}  // namespace
}  // namespace autocache::spec
