#include "spec/json_schema.h"

#include "base/json.h"
#include "base/pattern.h"
#include "support/catch.h"

#include <set>
#include <string>

namespace autocache::spec {
namespace {

const Json& document() {
  static const Json schema = json_schema(kinds().front());
  return schema;
}

/// Calls `visit` with every object in the tree.
template <class Visit>
void each_object(const Json& json, const Visit& visit) {
  if (json.is_object()) {
    visit(json);
  }
  if (json.is_structured()) {
    for (const auto& child : json) {
      each_object(child, visit);
    }
  }
}

TEST_CASE("the editor schema is for one kind and version") {
  CHECK(document()["$schema"] == "https://json-schema.org/draft/2020-12/schema");
  CHECK(document()["properties"]["apiVersion"]["const"] == "cache.autocache.io/v1alpha1");
  CHECK(document()["properties"]["kind"]["const"] == "AutoCache");
  CHECK(document()["required"] == Json::parse(R"(["apiVersion", "kind", "metadata"])"));
}

TEST_CASE("objects take no unknown fields") {
  each_object(document(), [](const Json& schema) {
    if (schema.contains("properties") && schema["properties"].is_object() &&
        schema.contains("type") && schema["type"] == "object") {
      CHECK(schema["additionalProperties"] == false);
    }
  });
}

TEST_CASE("every reference leads to a definition, and every definition is used") {
  std::set<std::string> used;
  each_object(document(), [&](const Json& schema) {
    if (schema.contains("$ref")) {
      const auto name = schema["$ref"].get<std::string>().substr(std::string("#/$defs/").size());
      CHECK(document()["$defs"].contains(name));
      used.insert(name);
    }
  });
  CHECK(used.size() == document()["$defs"].size());
}

TEST_CASE("every pattern is one that ECMAScript and RE2 read alike") {
  each_object(document(), [](const Json& schema) {
    if (schema.contains("pattern") && schema["pattern"].is_string()) {
      INFO(schema["pattern"]);
      CHECK(Pattern::compile(schema["pattern"].get_ref<const std::string&>()));
    }
  });
}

TEST_CASE("fields carry what an editor shows") {
  const auto& storage = document()["properties"]["spec"]["properties"]["storage"]["properties"];
  CHECK(storage["size"]["type"] == Json::parse(R"(["string", "integer"])"));
  CHECK(storage["size"]["default"] == "10Gi");
  CHECK(storage["persistenceMode"]["enum"] == Json::parse(R"(["RDB", "AOF", "Both"])"));
  CHECK_FALSE(storage["storageClassName"]["examples"].empty());
  CHECK(document()["properties"]["spec"]["properties"]["nodeSelector"]["propertyNames"]
                  ["maxLength"] == 317);
}

}  // namespace
}  // namespace autocache::spec
