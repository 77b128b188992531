// What the chosen server can do, and whether the image is one of it.

#include "base/json.h"
#include "base/text.h"
#include "spec/codes.h"
#include "spec/get.h"
#include "spec/rules.h"
#include "spec/say.h"

#include <algorithm>
#include <array>

namespace autocache::spec {
namespace {

using directives::Engine;

constexpr std::string_view kUseOther = "use engine redis or valkey";

/// A field that the AutoCache server takes no notice of, and why.
struct Ignored {
  std::array<std::string_view, 3> path;
  std::string_view why;
};

constexpr std::array kIgnoredByAutocache{
    Ignored{{"config", "databases"}, "engine autocache always has 16 databases"},
    Ignored{{"engineVersion"}, "nothing depends on the version of engine autocache"},
    Ignored{{"scheduling", "loadAware", "memoryThreshold"},
            "engine autocache does not report its memory; it only guides where Pods run"},
};

void check_autocache(const RuleContext& context) {
  const auto& spec = context.spec();
  if (get_flag(spec, {"auth", "enabled"})) {
    context.error(code::kEngineAuth, "/spec/auth/enabled",
                  "engine autocache has no AUTH command: every client could connect",
                  std::string(kUseOther) + ", or keep clients out with a NetworkPolicy");
  }
  if (const auto mode = get_text(spec, {"storage", "persistenceMode"});
      mode == "AOF" || mode == "Both") {
    context.error(code::kEngineAof, "/spec/storage/persistenceMode",
                  "engine autocache has no append-only file (AOF)",
                  "use RDB, its own write-behind persistence; or engine redis or valkey");
  }
  if (get_integer(spec, {"replicasPerShard"}).value_or(0) > 0) {
    context.error(code::kEngineReplicas, "/spec/replicasPerShard",
                  "engine autocache does not replicate all writes, so replicas would lose data",
                  "set 0, or " + std::string(kUseOther));
  }
  for (const auto& field : kIgnoredByAutocache) {
    const auto& value = field.path[2].empty()
                            ? get(context.written(), {field.path[0], field.path[1]})
                            : get(context.written(), {field.path[0], field.path[1], field.path[2]});
    const auto& single = field.path[1].empty() ? get(context.written(), {field.path[0]}) : value;
    if (single.is_null() || (field.path[1] == "databases" && single == 16)) {
      continue;
    }
    std::string pointer = "/spec";
    for (const auto part : field.path) {
      pointer += part.empty() ? "" : "/" + std::string(part);
    }
    context.warning(code::kNoEffect, pointer, "has no effect: " + std::string(field.why));
  }
}

/// The engine that the last part of an image's name speaks of: "bitnami/valkey-cluster:8" is
/// Valkey.
std::optional<Engine> engine_of_image(std::string_view image) {
  image = image.substr(0, image.find('@'));
  if (const auto slash = image.rfind('/'); slash != std::string_view::npos) {
    image = image.substr(slash + 1);
  }
  const auto name = to_lower(image.substr(0, image.find(':')));
  for (const auto engine : {Engine::kAutocache, Engine::kValkey, Engine::kRedis}) {
    if (name.find(directives::to_string(engine)) != std::string::npos) {
      return engine;
    }
  }
  return std::nullopt;
}

std::string_view title(Engine engine) {
  return engine == Engine::kAutocache ? "AutoCache" : engine == Engine::kRedis ? "Redis" : "Valkey";
}

void check_image(const RuleContext& context, const Server& server) {
  const auto image = get_text(context.spec(), {"image"});
  const auto named = engine_of_image(image);
  if (!named || *named == server.engine) {
    return;
  }
  const bool image_given = has(context.written(), {"image"});
  const auto engine = directives::to_string(server.engine);
  if (image == "autocache:latest") {
    context.error(code::kEngineImage, image_given ? "/spec/image" : "/spec/engine",
                  "engine " + std::string(engine) + " needs an image of " +
                      std::string(title(server.engine)) +
                      (image_given ? "" : "; the default image is autocache:latest"),
                  server.engine == Engine::kRedis ? "set image, to redis:7.4 for example"
                                                  : "set image, to valkey/valkey:8.1 for example");
    return;
  }
  context.warning(
      code::kEngineImage, "/spec/image",
      "looks like an image of " + std::string(title(*named)) + ", but engine is " +
          std::string(engine),
      "set engine: " + std::string(directives::to_string(*named)) + " if it is that server");
}

/// A given version against the tag of the image, and against what we support.
void check_version(const RuleContext& context, const Server& server) {
  const auto& spec = context.spec();
  const auto stated = get_text(spec, {"engineVersion"});
  const bool is_redis = server.engine == Engine::kRedis;
  const directives::Version oldest =
      is_redis ? directives::Version{6, 2} : directives::Version{7, 2};
  if (server.version_known && server.version < oldest) {
    context.warning(code::kEngineVersion, stated.empty() ? "/spec/image" : "/spec/engineVersion",
                    std::string(title(server.engine)) + " " + std::to_string(server.version.major) +
                        "." + std::to_string(server.version.minor) +
                        " is older than the oldest release that autocache is tested with, " +
                        std::to_string(oldest.major) + "." + std::to_string(oldest.minor));
  }
  if (stated.empty()) {
    return;
  }
  Json by_image = Json::object();
  by_image["engine"] = std::string(directives::to_string(server.engine));
  by_image["image"] = std::string(get_text(spec, {"image"}));
  const auto tag = server_of(by_image);
  const bool minor_given = stated.find('.') != std::string_view::npos;
  const bool differs = tag.version.major != server.version.major ||
                       (minor_given && tag.version.minor != server.version.minor);
  if (tag.version_known && differs) {
    context.warning(code::kEngineVersion, "/spec/engineVersion",
                    "is " + std::string(stated) + ", but the tag of the image says " +
                        std::to_string(tag.version.major) + "." + std::to_string(tag.version.minor),
                    "leave engineVersion out where the tag tells the version");
  }
}

}  // namespace

void check_engine(const RuleContext& context) {
  const auto& spec = context.spec();
  if (directives::parse_engine(get_text(spec, {"engine"})) == std::nullopt) {
    return;
  }
  const auto server = server_of(spec);
  check_image(context, server);
  if (get_flag(spec, {"auth", "enabled"}) && !has(spec, {"auth", "passwordSecret"})) {
    context.error(code::kAuthSecret, "/spec/auth/passwordSecret",
                  "is required when auth is enabled",
                  "name an existing Secret with the password; autocache never makes one up");
  }
  if (!get_flag(spec, {"auth", "enabled"})) {
    for (const char* field : {"passwordSecret", "passwordKey"}) {
      if (has(context.written(), {"auth", field})) {
        context.warning(code::kNoEffect, std::string("/spec/auth/") + field,
                        "has no effect while auth.enabled is false");
      }
    }
  }
  if (server.engine == Engine::kAutocache) {
    check_autocache(context);
    return;
  }
  check_version(context, server);
  if (get_flag(spec, {"tieredStorage", "enabled"})) {
    context.error(code::kEngineTiers, "/spec/tieredStorage/enabled",
                  "only engine autocache has storage tiers");
  }
}

}  // namespace autocache::spec
