#include "render/autocache/model.h"

#include "render/autocache/parts.h"
#include "render/fields.h"

#include <string_view>

namespace autocache::render::autocache_kind {

namespace {

/// The release of the server: as the spec says, as the image's tag says, or else the newest one
/// known.
directives::Version version_of(directives::Engine engine, const Json& spec) {
  const std::string stated = text_field(spec, {"engineVersion"});
  if (const auto version = directives::parse_version(engine, stated)) {
    return *version;
  }
  const std::string image = text_field(spec, {"image"});
  const std::string_view untagged = std::string_view(image).substr(0, image.find('@'));
  const std::size_t colon = untagged.rfind(':');
  if (colon != std::string_view::npos && untagged.find('/', colon) == std::string_view::npos) {
    if (const auto version = directives::parse_version(engine, untagged.substr(colon + 1))) {
      return *version;
    }
  }
  return directives::newest(engine);
}

}  // namespace

Model make_model(const spec::Resource& resource, const Options& options) {
  const Json& spec = field(resource.object, {"spec"});
  Model model;
  model.name = resource.name;
  model.name_space = resource.name_space;
  model.engine = directives::parse_engine(text_field(spec, {"engine"}))
                     .value_or(directives::Engine::kAutocache);
  model.version = version_of(model.engine, spec);
  model.replicas = integer_field(spec, {"replicas"}).value_or(1);
  model.replicas_per_shard = integer_field(spec, {"replicasPerShard"}).value_or(0);
  const std::string account = text_field(spec, {"serviceAccountName"});
  model.owns_service_account = account.empty();
  model.names = {model.name, model.name + "-headless", model.name + "-config",
                 account.empty() ? model.name : account};
  model.labels = {{"app.kubernetes.io/name", "autocache"},
                  {"app.kubernetes.io/instance", model.name},
                  {"app.kubernetes.io/managed-by", "autocache"},
                  {"app.kubernetes.io/component", "cache"}};
  model.selector = {{"app.kubernetes.io/name", "autocache"},
                    {"app.kubernetes.io/instance", model.name}};
  model.ports = {integer_field(spec, {"port"}).value_or(0),
                 integer_field(spec, {"clusterPort"}).value_or(0)};
  model.auth = {flag_field(spec, {"auth", "enabled"}), text_field(spec, {"auth", "passwordSecret"}),
                text_field(spec, {"auth", "passwordKey"})};
  fill_sets(spec, model);
  fill_storage(spec, model);
  fill_config(spec, model);
  fill_service(spec, model);
  fill_hook(spec, options, model);
  fill_server(spec, model);
  fill_pod(spec, model);
  fill_hook_jobs(spec, options, model);
  return model;
}

}  // namespace autocache::render::autocache_kind
