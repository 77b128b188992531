#include "spec/explain.h"

#include "support/catch.h"

#include <string>

namespace autocache::spec {
namespace {

std::string text(std::string_view path, const ExplainOptions& options = {}) {
  const auto out = explain(path, options);
  REQUIRE(out);
  return *out;
}

Diagnostic problem(std::string_view path) {
  const auto out = explain(path);
  REQUIRE_FALSE(out);
  REQUIRE(out.error().size() == 1);
  return out.error().front();
}

TEST_CASE("a field is explained with its default, limits and values") {
  CHECK(text("spec.storage.persistenceMode") == R"(GROUP:      cache.autocache.io
KIND:       AutoCache
VERSION:    v1alpha1

FIELD: persistenceMode <string>
ENUM:
    RDB
    AOF
    Both

DESCRIPTION:
    What the server writes: snapshots (RDB), an append-only file (AOF), or both.
    A server that is killed comes back with its last snapshot (RDB: minutes old)
    or with all but the last second (AOF). Replicas do not help if it is back
    before they take over: they follow it.

DEFAULT:
    RDB
)");
  const auto replicas = text("spec.replicas");
  CHECK(replicas.find("FIELD: replicas <integer>\n") != std::string::npos);
  CHECK(replicas.find("DEFAULT:\n    3\n\nLIMITS:\n    1 to 1000\n") != std::string::npos);
}

TEST_CASE("an object is explained with its fields") {
  const auto port = text("spec.sidecars.ports");
  CHECK(port.find("FIELD: ports <[]Object>\n") != std::string::npos);
  CHECK(port.find("  containerPort\t<integer> -required-\n    Port number.\n") !=
        std::string::npos);
  CHECK(port.find("  protocol\t<string>\n  enum: TCP, UDP, SCTP\n  default: TCP\n") !=
        std::string::npos);
  CHECK(text("spec.tolerations").find("RULES:\n    without a key the operator must be Exists\n") !=
        std::string::npos);
}

TEST_CASE("types are named as kubectl names them") {
  const auto spec = text("spec");
  CHECK(spec.find("  nodeSelector\t<map[string]string>\n") != std::string::npos);
  CHECK(spec.find("  tolerations\t<[]Object>\n") != std::string::npos);
  CHECK(text("spec.resources").find("  limits\t<map[string]Quantity>\n") != std::string::npos);
}

TEST_CASE("recursive lists all names below") {
  const auto out = text("spec.storage", {ExplainOptions::Depth::kRecursive});
  CHECK(out.find("FIELDS:\n  enabled\t<boolean>\n") != std::string::npos);
  CHECK(out.find("  retention\t<Object>\n    whenScaled\t<string>\n    whenDeleted\t<string>\n") !=
        std::string::npos);
}

TEST_CASE("a path may start with any name of the kind, and may be a JSON pointer or name items") {
  const auto expected = text("spec.storage");
  for (const auto* path : {"ac.spec.storage", "autocache.spec.storage", "autocaches.spec.storage",
                           "AutoCache.spec.storage", "/spec/storage", ".spec.storage"}) {
    INFO(path);
    CHECK(text(path) == expected);
  }
  CHECK(text("spec.sidecars[0].name") == text("/spec/sidecars/0/name"));
  CHECK(text("") == text("autocache"));
  CHECK(text("").find("FIELD:") == std::string::npos);
}

TEST_CASE("an unknown path names the nearest one") {
  CHECK(problem("spec.storag").message == "spec has no field \"storag\"");
  CHECK(problem("spec.storag").hint == "did you mean \"spec.storage\"?");
  CHECK(problem("storage.size").message == "unknown field \"storage\"");
  CHECK(problem("storage.size").hint == "did you mean \"spec.storage.size\"?");
  CHECK(problem("spec.replicas.x").message == "spec.replicas has no field \"x\"");
  CHECK(problem("spec.replicas.x").hint.empty());
}

}  // namespace
}  // namespace autocache::spec
