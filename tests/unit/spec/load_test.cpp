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

TEST_CASE("documents of other kinds are handed back") {
  const auto read = yaml::read(make_source("x.yaml", "apiVersion: v1\nkind: Secret\n---\n- 1\n"));
  const auto result = load(read.documents);
  CHECK(result.others.size() == 2);
  CHECK(result.resources.empty());
  CHECK(result.diagnostics.empty());
}

}  // namespace
}  // namespace autocache::spec
