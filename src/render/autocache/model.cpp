#include "render/autocache/model.h"

#include "render/autocache/parts.h"
#include "render/fields.h"
#include "spec/rules.h"

#include <string_view>

namespace autocache::render::autocache_kind {

Model make_model(const spec::Resource& resource, const Options& options) {
  const Json& spec = spec::get(resource.object, {"spec"});
  Model model;
  model.name = resource.name;
  model.name_space = resource.name_space;
  const spec::Server server = spec::server_of(spec);
  model.engine = server.engine;
  model.version = server.version;
  model.replicas = spec::get_integer(spec, {"replicas"}).value_or(1);
  model.replicas_per_shard = spec::get_integer(spec, {"replicasPerShard"}).value_or(0);
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
  model.ports = {spec::get_integer(spec, {"port"}).value_or(0),
                 spec::get_integer(spec, {"clusterPort"}).value_or(0)};
  model.auth = {spec::get_flag(spec, {"auth", "enabled"}),
                text_field(spec, {"auth", "passwordSecret"}),
                text_field(spec, {"auth", "passwordKey"})};
  fill_sets(spec, model);
  fill_storage(spec, options, model);
  fill_config(spec, model);
  fill_service(spec, model);
  fill_hook(spec, options, model);
  fill_server(spec, model);
  fill_pod(spec, model);
  fill_hook_jobs(spec, options, model);
  return model;
}

}  // namespace autocache::render::autocache_kind
