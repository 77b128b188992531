#include "spec/load.h"

#include "base/json.h"
#include "support/catch.h"
#include "unit/spec/support.h"
#include "yaml/reader.h"

namespace autocache::spec {
namespace {

using test::problems;
using test::spec_of;
using test::spec_problems;

TEST_CASE("a spec is defaulted, in schema order, with canonical quantities") {
  const auto spec = spec_of(
      "kind: AutoCache\n"
      "apiVersion: cache.autocache.io/v1alpha1\n"
      "metadata: {name: cache}\n"
      "spec:\n"
      "  resources: {limits: {memory: 1024Mi, cpu: 2}}\n"
      "  replicas: 6\n");
  CHECK(spec.begin().key() == "engine");
  CHECK(spec.at("replicas") == 6);
  CHECK(spec.at("resources").dump() == R"({"limits":{"cpu":"2","memory":"1Gi"}})");
}

TEST_CASE("an object without a spec has all defaults") {
  const auto spec = spec_of(
      "apiVersion: cache.autocache.io/v1alpha1\nkind: AutoCache\nmetadata: {name: cache}\n");
  CHECK(spec.at("replicas") == 3);
}

TEST_CASE("keys of free maps are those that kubectl reads") {
  const auto spec = spec_of(
      "kind: AutoCache\n"
      "apiVersion: cache.autocache.io/v1alpha1\n"
      "metadata: {name: cache}\n"
      "spec: {podAnnotations: {1.0: a, 0x10: b, \"2.0\": c, true: d}}\n");
  CHECK(spec.at("podAnnotations").dump() == R"({"1":"a","16":"b","2.0":"c","true":"d"})");
}

TEST_CASE("all problems of a document are reported at once, in the order of the text") {
  CHECK(spec_problems("replicas: \"3\"\nstorge:\n  enabled: true\nport: 70000") ==
        "spec.yaml:6:13: error: /spec/replicas: must be an integer, not a string [AC0202]\n"
        "    6 |   replicas: \"3\"\n"
        "      |             ^\n"
        "      = hint: write 3 without quotes\n"
        "spec.yaml:7:3: error: /spec/storge: unknown field [AC0204]\n"
        "    7 |   storge:\n"
        "      |   ^\n"
        "      = hint: did you mean \"storage\"?\n"
        "spec.yaml:9:9: error: /spec/port: must be from 1 to 65535, not 70000 [AC0207]\n"
        "    9 |   port: 70000\n"
        "      |         ^\n");
}

TEST_CASE("two objects of one identity name both places") {
  CHECK(
      problems("apiVersion: cache.autocache.io/v1alpha1\nkind: AutoCache\nmetadata: {name: a}\n"
               "---\n"
               "apiVersion: cache.autocache.io/v1alpha1\nkind: AutoCache\nmetadata: {name: a}\n") ==
      "spec.yaml:7:18: error: /metadata/name: AutoCache \"a\" exists twice; the first is at "
      "spec.yaml:3:18 [AC0227]\n"
      "    7 | metadata: {name: a}\n"
      "      |                  ^\n");
}

TEST_CASE("a namespace of the options is taken, and must not contradict the file") {
  const auto read = yaml::read(make_source(
      "x.yaml", "apiVersion: cache.autocache.io/v1alpha1\nkind: AutoCache\nmetadata: {name: a}\n"));
  CHECK(load(read.documents, {"shop"}).resources.at(0).name_space == "shop");
  CHECK(load(read.documents).resources.at(0).name_space.empty());
  CHECK(problems("apiVersion: cache.autocache.io/v1alpha1\nkind: AutoCache\n"
                 "metadata: {name: a, namespace: test}\n",
                 {"shop"}) ==
        "spec.yaml:3:32: error: /metadata/namespace: is \"test\", but namespace \"shop\" was asked "
        "for [AC0226]\n"
        "    3 | metadata: {name: a, namespace: test}\n"
        "      |                                ^\n");
}

TEST_CASE("annotations have a limit together") {
  const std::string value(131072, 'x');
  CHECK(
      problems("apiVersion: cache.autocache.io/v1alpha1\nkind: AutoCache\n"
               "metadata:\n  name: a\n  annotations:\n    a: " +
               value + "\n    b: " + value + "\n") ==
      "spec.yaml:5:3: error: /metadata/annotations: hold 262146 bytes; at most 262144 are allowed "
      "[AC0225]\n"
      "    5 |   annotations:\n"
      "      |   ^\n");
}

TEST_CASE("what the API server adds to an object is accepted and dropped") {
  const auto read = yaml::read(make_source("live.yaml", R"(
apiVersion: cache.autocache.io/v1alpha1
kind: AutoCache
metadata:
  name: a
  namespace: shop
  uid: 6f2c1c9e-0000-4000-8000-000000000000
  resourceVersion: "123"
  generation: 4
  creationTimestamp: "2026-01-01T00:00:00Z"
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: "{}"
    keep: me
  managedFields:
    - {manager: kubectl, operation: Apply}
spec: {replicas: 3}
status: {phase: Running}
)"));
  const auto result = load(read.documents);
  REQUIRE(result.resources.size() == 1);
  CHECK(result.diagnostics.empty());
  CHECK(result.resources[0].object.at("metadata").dump() ==
        R"({"name":"a","namespace":"shop","annotations":{"keep":"me"}})");
  CHECK_FALSE(result.resources[0].object.contains("status"));
  CHECK(result.resources[0].written.dump() ==
        R"({"apiVersion":"cache.autocache.io/v1alpha1","kind":"AutoCache","metadata":{"name":"a",)"
        R"("namespace":"shop","annotations":{"keep":"me"}},"spec":{"replicas":3}})");
}

TEST_CASE("a place is that of a value, an object is shown by its key") {
  const auto read = yaml::read(make_source("x.yaml", "a:\n  b/c:\n    - d: 1\n"));
  const auto& document = read.documents.at(0);
  const auto at = [&](const char* pointer) {
    const auto place = locate(document, pointer);
    return std::to_string(place.line) + ":" + std::to_string(place.column);
  };
  CHECK(at("") == "1:1");
  CHECK(at("/a") == "1:1");
  CHECK(at("/a/b~1c") == "2:3");
  CHECK(at("/a/b~1c/0") == "3:7");
  CHECK(at("/a/b~1c/0/d") == "3:10");
  CHECK(at("/a/b~1c/0/e") == "3:7");
  CHECK(at("/a/b~1c/7") == "2:3");
  CHECK(at("/z") == "1:1");
}

TEST_CASE("documents of other kinds are handed back") {
  const auto read = yaml::read(make_source("x.yaml", "apiVersion: v1\nkind: Secret\n---\n- 1\n"));
  const auto result = load(read.documents);
  CHECK(result.others.size() == 2);
  CHECK(result.resources.empty());
  CHECK(result.diagnostics.empty());
}

}  // namespace
}  // namespace autocache::spec
