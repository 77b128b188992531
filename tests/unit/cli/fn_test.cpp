#include "cli/resource_list.h"
#include "support/catch.h"
#include "yaml/reader.h"
#include "yaml/resolve.h"

#include <algorithm>

using namespace autocache;

namespace {

constexpr const char* kHead =
    "apiVersion: config.kubernetes.io/v1\n"
    "kind: ResourceList\n";

std::string item(const std::string& replicas, const std::string& annotations = "") {
  return "- apiVersion: cache.autocache.io/v1alpha1\n"
         "  kind: AutoCache\n"
         "  metadata:\n"
         "    name: cache\n" +
         (annotations.empty() ? "" : "    annotations: {" + annotations + "}\n") +
         "  spec: {engine: valkey, image: \"valkey/valkey:9.1\", replicas: " + replicas + "}\n";
}

Json parse(const std::string& text) {
  const yaml::ReadResult read = yaml::read(make_source("output", text));
  REQUIRE(read.diagnostics.empty());
  REQUIRE(read.documents.size() == 1);
  return yaml::to_json(read.documents.front().root);
}

std::vector<std::string> names(const Json& list) {
  std::vector<std::string> result;
  for (const Json& object : list["items"]) {
    result.push_back(object["kind"].get<std::string>() + "/" +
                     object["metadata"]["name"].get<std::string>());
  }
  return result;
}

bool has(const Json& list, const std::string& name) {
  const auto all = names(list);
  return std::find(all.begin(), all.end(), name) != all.end();
}

}  // namespace

TEST_CASE("a transformer replaces nothing else and keeps the spec as local configuration") {
  const auto result = cli::run_function(std::string(kHead) + "items:\n" + item("3") +
                                            "- apiVersion: v1\n  kind: ConfigMap\n"
                                            "  metadata: {name: other}\n  data: {a: \"yes\"}\n",
                                        {});
  CHECK(result.diagnostics.empty());
  const Json list = parse(result.output);
  CHECK(list["kind"] == "ResourceList");
  CHECK(names(list)[0] == "AutoCache/cache");
  CHECK(list["items"][0]["metadata"]["annotations"]["config.kubernetes.io/local-config"] == "true");
  CHECK(names(list)[1] == "ConfigMap/other");
  CHECK(list["items"][1]["data"]["a"] == "yes");
  CHECK(has(list, "StatefulSet/cache"));
  CHECK(!list.contains("results"));
}

TEST_CASE("a second run gives the same and keeps where the manifests lie") {
  const std::string input = std::string(kHead) + "items:\n" + item("3");
  const std::string first = cli::run_function(input, {}).output;
  CHECK(cli::run_function(first, {}).output == first);

  Json moved = parse(first);
  for (Json& object : moved["items"])
    object["metadata"]["annotations"]["internal.config.kubernetes.io/path"] = "made/all.yaml";
  const Json again = parse(cli::run_function(moved.dump(), {}).output);
  CHECK(names(again) == names(moved));
  for (const Json& object : again["items"])
    CHECK(object["metadata"]["annotations"]["internal.config.kubernetes.io/path"] ==
          "made/all.yaml");
}

TEST_CASE("a generator's functionConfig is rendered once, though it is an item too") {
  const std::string config = item("3").substr(2);
  std::string indented = "functionConfig:\n";
  indented += "  " + config;
  const auto alone = cli::run_function(std::string(kHead) + "items: []\n" + indented, {});
  CHECK(alone.diagnostics.empty());
  CHECK(has(parse(alone.output), "StatefulSet/cache"));
  const auto both =
      cli::run_function(std::string(kHead) + "items:\n" +
                            item("3", "config.kubernetes.io/local-config: \"true\"") + indented,
                        {});
  CHECK(both.diagnostics.empty());
  const auto all = names(parse(both.output));
  CHECK(std::count(all.begin(), all.end(), "StatefulSet/cache") == 1);
}

TEST_CASE("options come from a ConfigMap, and wrong ones are located") {
  const auto result = cli::run_function(
      std::string(kHead) + "items:\n" + item("3") +
          "functionConfig:\n  apiVersion: v1\n  kind: ConfigMap\n  data: {hooks: flux, "
          "namespace: shop, includeResource: \"true\"}\n",
      {});
  CHECK(result.diagnostics.empty());
  const Json list = parse(result.output);
  CHECK(has(list, "Job/cache-sync"));
  CHECK(list["items"].back()["metadata"]["namespace"] == "shop");

  const auto wrong = cli::run_function(
      std::string(kHead) + "items: []\nfunctionConfig:\n  data:\n    hoks: flux\n    hooks: spin\n",
      {});
  REQUIRE(wrong.diagnostics.size() == 2);
  CHECK(wrong.diagnostics[0].at.line == 6);
  CHECK(wrong.diagnostics[0].message == "unknown option hoks");
}

TEST_CASE("errors leave the items alone and say which file and field") {
  const auto result = cli::run_function(std::string(kHead) + "items:\n" +
                                            item("zero",
                                                 "config.kubernetes.io/path: apps/cache.yaml, "
                                                 "config.kubernetes.io/index: \"2\""),
                                        {});
  CHECK(has_errors(result.diagnostics));
  const Json list = parse(result.output);
  CHECK(names(list) == std::vector<std::string>{"AutoCache/cache"});
  CHECK(!list["items"][0]["metadata"]["annotations"].contains("config.kubernetes.io/local-config"));
  const Json& first = list["results"][0];
  CHECK(first["severity"] == "error");
  CHECK(first["resourceRef"]["name"] == "cache");
  CHECK(first["file"] == Json({{"path", "apps/cache.yaml"}, {"index", 2}}));
  CHECK(first["field"]["path"] == "spec.replicas");
}

TEST_CASE("an input that is no ResourceList is an error without output") {
  for (const char* input : {"", "kind: ConfigMap\n", "{"}) {
    const auto result = cli::run_function(input, {});
    CHECK(has_errors(result.diagnostics));
    CHECK(result.output.empty());
  }
}
