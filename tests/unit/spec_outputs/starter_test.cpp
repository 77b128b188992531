#include "spec/starter.h"

#include "spec/load.h"
#include "support/catch.h"
#include "yaml/reader.h"

#include <string>

namespace autocache::spec {
namespace {

std::string diagnostics_of(const std::string& text) {
  const auto read = yaml::read(make_source("starter", text));
  auto diagnostics = read.diagnostics;
  const auto loaded = load(read.documents);
  diagnostics.insert(diagnostics.end(), loaded.diagnostics.begin(), loaded.diagnostics.end());
  std::string out;
  for (const auto& diagnostic : diagnostics) {
    out += format(diagnostic);
  }
  return loaded.resources.size() == 1 ? out : out + "no resource";
}

std::string first_problem(const StarterOptions& options) {
  const auto out = starter(options);
  REQUIRE_FALSE(out);
  return out.error().front().message;
}

TEST_CASE("every starter spec is valid without a warning") {
  for (const auto* engine : {"autocache", "redis", "valkey"}) {
    for (const int replicas : {0, 1, 5}) {
      for (const auto storage :
           {StarterOptions::Storage::kNone, StarterOptions::Storage::kPersistent}) {
        StarterOptions options{"shop-cache", engine, replicas, storage};
        if (options.engine == "autocache" && replicas > 0) {
          continue;
        }
        const auto out = starter(options);
        REQUIRE(out);
        INFO(*out);
        CHECK(diagnostics_of(*out) == "");
      }
    }
  }
}

TEST_CASE("a starter spec explains its fields in the words of the schema") {
  const auto out = starter({"cache", "redis", 1, StarterOptions::Storage::kPersistent});
  REQUIRE(out);
  CHECK(out->find("  name: cache\n") != std::string::npos);
  CHECK(out->find("\n  replicas: 6\n") != std::string::npos);
  CHECK(out->find("\n    # Size of the volume of each node.\n    size: 10Gi\n") !=
        std::string::npos);
  CHECK(out->find("  # auth:\n  #   enabled: true\n  #   passwordSecret: cache-password\n") !=
        std::string::npos);
}

TEST_CASE("options that no cluster can have are refused") {
  CHECK(first_problem({"cache", "rediss"}) == "unknown engine \"rediss\"");
  CHECK(first_problem({"Cache", "redis"}).starts_with("\"Cache\" is no name for a cluster"));
  CHECK(first_problem({"cache", "redis", 6}) == "replicas per shard must be 0 to 5");
  CHECK(first_problem({"cache", "autocache", 1}) == "engine autocache has no replicas");
}

}  // namespace
}  // namespace autocache::spec
