#include "spec/schema.h"

#include "base/json.h"
#include "spec/walk.h"
#include "support/catch.h"

#include <set>
#include <string>

namespace autocache::spec {
namespace {

/// Calls `visit(path, schema)` for a schema and everything in it.
template <class Visit>
void each_schema(const std::string& path, const Schema& schema, const Visit& visit) {
  visit(path, schema);
  for (const auto& property : schema.properties) {
    each_schema(path + "." + std::string(property.name), *property.schema, visit);
  }
  if (schema.items != nullptr) {
    each_schema(path + "[]", *schema.items, visit);
  }
  if (schema.additional != nullptr) {
    each_schema(path + "{}", *schema.additional, visit);
  }
}

const Schema& spec_schema() {
  return *find_kind("cache.autocache.io/v1alpha1", "AutoCache")->root->find("spec")->schema;
}

TEST_CASE("a kind is found by its whole apiVersion and kind") {
  REQUIRE(find_kind("cache.autocache.io/v1alpha1", "AutoCache") != nullptr);
  CHECK(find_kind("cache.autocache.io/v1", "AutoCache") == nullptr);
  CHECK(find_kind("cache.autocache.io/v1alpha1", "Autocache") == nullptr);
  CHECK(find_kind("v1alpha1", "AutoCache") == nullptr);
  CHECK(find_kind("", "") == nullptr);
}

TEST_CASE("the kind has what kubectl shows and scales") {
  const auto& kind = *find_kind("cache.autocache.io/v1alpha1", "AutoCache");
  std::string columns;
  for (const auto& column : kind.columns) {
    columns += std::string(column.name) + " ";
  }
  CHECK(columns == "Replicas Ready Phase Cluster Age ");
  CHECK(kind.plural == "autocaches");
  CHECK(kind.short_names.front() == "ac");
  CHECK(kind.scale_spec_path == ".spec.replicas");
  CHECK(kind.scale_status_path == ".status.replicas");
}

TEST_CASE("every field is described, and no object has more fields than a walk holds") {
  int fields = 0;
  each_schema("spec", spec_schema(), [&](const std::string& path, const Schema& schema) {
    INFO(path);
    ++fields;
    CHECK_FALSE(schema.description.empty());
    CHECK(schema.description.find('\n') == std::string_view::npos);
    CHECK(schema.properties.size() <= 64);
    CHECK((schema.type != Type::kArray || schema.max_items));
    CHECK((schema.additional == nullptr || schema.max_properties));
    CHECK((!schema.one_of_members || !schema.properties.empty()));
  });
  CHECK(fields > 900);
}

TEST_CASE("the base fields have their documented defaults") {
  const auto spec = default_value(spec_schema());
  const auto at = [&](const char* pointer) { return spec.at(Json::json_pointer(pointer)); };
  CHECK(at("/replicas") == 3);
  CHECK(at("/image") == "autocache:latest");
  CHECK(at("/imagePullPolicy") == "IfNotPresent");
  CHECK(at("/port") == 6379);
  CHECK(at("/clusterPort") == 16379);
  CHECK(at("/storage/enabled") == false);
  CHECK(at("/storage/size") == "10Gi");
  CHECK(at("/storage/persistenceMode") == "RDB");
  CHECK(at("/config/maxMemoryPolicy") == "noeviction");
  CHECK(at("/config/databases") == 16);
  CHECK(at("/auth/enabled") == false);
  CHECK(at("/auth/passwordKey") == "password");
  CHECK(at("/tieredStorage/enabled") == false);
  CHECK(at("/tieredStorage/migrationPolicy/scanInterval") == "1m");
  CHECK(at("/tieredStorage/migrationPolicy/batchSize") == 100);
  CHECK(at("/scheduling/topologyAware/topologyKey") == "topology.kubernetes.io/zone");
  CHECK(at("/scheduling/topologyAware/maxSkew") == 1);
  CHECK(at("/scheduling/loadAware/cpuThreshold") == 80);
  CHECK(at("/engine") == "autocache");
  CHECK(at("/replicasPerShard") == 0);
  CHECK(at("/storage/claims") == "Template");
  CHECK(at("/storage/retention/whenScaled") == "Retain");
  CHECK(at("/hook/healSchedule") == "*/5 * * * *");
  CHECK(at("/hook/onFull") == "Refuse");
  CHECK_FALSE(spec.contains("layout"));
}

}  // namespace
}  // namespace autocache::spec
