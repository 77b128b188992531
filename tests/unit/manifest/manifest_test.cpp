#include "manifest/manifest.h"

#include "support/catch.h"

namespace autocache::manifest {
namespace {

Json object(const char* api_version, const char* kind, const char* name_space, const char* name) {
  Json metadata = {{"name", name}};
  if (*name_space != '\0') {
    metadata["namespace"] = name_space;
  }
  return {{"apiVersion", api_version}, {"kind", kind}, {"metadata", metadata}};
}

std::vector<std::string> names(const std::vector<Json>& objects) {
  std::vector<std::string> out;
  out.reserve(objects.size());
  for (const Json& each : objects) {
    out.push_back(to_string(id_of(each)));
  }
  return out;
}

TEST_CASE("the identity of an object leaves its version out") {
  CHECK(id_of(object("apps/v1", "StatefulSet", "shop", "cache")) ==
        id_of(object("apps/v1beta2", "StatefulSet", "shop", "cache")));
  const Id id = id_of(object("apps/v1", "StatefulSet", "shop", "cache"));
  CHECK(id.group == "apps");
  CHECK(to_string(id) == "StatefulSet/shop/cache");
  CHECK(id_of(object("v1", "ConfigMap", "shop", "cache")).group.empty());
  CHECK(to_string(id_of(object("v1", "Namespace", "", "shop"))) == "Namespace/shop");
}

TEST_CASE("parts that are missing or of another type are empty in the identity") {
  CHECK(id_of(Json("text")) == Id{});
  CHECK(id_of(Json{{"kind", 3}, {"metadata", "x"}}) == Id{});
  CHECK(id_of(Json{{"kind", "Pod"}, {"metadata", {{"name", nullptr}}}}) == Id{"", "Pod", "", ""});
}

TEST_CASE("kinds that others depend on come first, Jobs last, unknown kinds after all") {
  CHECK(kind_rank("Namespace") < kind_rank("CustomResourceDefinition"));
  CHECK(kind_rank("CustomResourceDefinition") < kind_rank("ServiceAccount"));
  CHECK(kind_rank("ConfigMap") < kind_rank("StatefulSet"));
  CHECK(kind_rank("PersistentVolumeClaim") < kind_rank("StatefulSet"));
  CHECK(kind_rank("Service") < kind_rank("StatefulSet"));
  CHECK(kind_rank("StatefulSet") < kind_rank("Job"));
  CHECK(kind_rank("Job") < kind_rank("CronJob"));
  CHECK(kind_rank("CronJob") < kind_rank("AutoCache"));
  CHECK(kind_rank("AutoCache") == kind_rank("SomethingElse"));
}

TEST_CASE("objects are sorted by kind, namespace and name, whatever their order was") {
  std::vector<Json> objects = {
      object("batch/v1", "Job", "a", "sync"),     object("example.org/v1", "Zebra", "a", "z"),
      object("apps/v1", "StatefulSet", "b", "x"), object("v1", "Service", "a", "x-headless"),
      object("apps/v1", "StatefulSet", "a", "y"), object("v1", "Service", "a", "x"),
      object("v1", "Namespace", "", "a"),         object("example.org/v1", "Ape", "a", "a"),
  };
  const std::vector<std::string> expected = {
      "Namespace/a",     "Service/a/x",     "Service/a/x-headless",
      "StatefulSet/a/y", "StatefulSet/b/x", "Job/a/sync",
      "Ape/a/a",         "Zebra/a/z"};
  sort(objects);
  CHECK(names(objects) == expected);
  std::reverse(objects.begin(), objects.end());
  sort(objects);
  CHECK(names(objects) == expected);
}

TEST_CASE("sorting keeps the order of objects with the same identity") {
  std::vector<Json> objects = {object("v2", "A", "n", "x"), object("v1", "A", "n", "x")};
  sort(objects);
  CHECK(objects[0]["apiVersion"] == "v2");
}

TEST_CASE("every YAML document is started by three dashes") {
  const std::vector<Json> objects = {object("v1", "Namespace", "", "a"),
                                     object("v1", "Service", "a", "x")};
  CHECK(write(objects, Format::kYaml) ==
        "---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n"
        "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: x\n  namespace: a\n");
  CHECK(write({}, Format::kYaml).empty());
}

TEST_CASE("JSON output is one List, NDJSON one object a line") {
  const std::vector<Json> objects = {object("v1", "Namespace", "", "a"),
                                     object("v1", "Service", "a", "x")};
  const Json list = Json::parse(write(objects, Format::kJson));
  CHECK(list["apiVersion"] == "v1");
  CHECK(list["kind"] == "List");
  CHECK(list["items"] == Json(objects));
  CHECK(Json::parse(write({}, Format::kJson))["items"] == Json::array());
  CHECK(write(objects, Format::kNdjson) ==
        R"({"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}})"
        "\n"
        R"({"apiVersion":"v1","kind":"Service","metadata":{"name":"x","namespace":"a"}})"
        "\n");
}

TEST_CASE("a file is named after kind and name in lower case") {
  CHECK(file_name(object("apps/v1", "StatefulSet", "shop", "cache")) == "statefulset-cache.yaml");
  CHECK(file_name(object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "",
                         "autocaches.cache.autocache.io")) ==
        "customresourcedefinition-autocaches.cache.autocache.io.yaml");
}

}  // namespace
}  // namespace autocache::manifest
