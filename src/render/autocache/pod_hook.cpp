// Our hook program inside the Pods.

#include "render/autocache/parts.h"
#include "render/fields.h"
#include "render/images.h"

namespace autocache::render::autocache_kind {

namespace {

/// A password has to get into the configuration from a file. Where a shard has replicas, a primary
/// hands over before it stops, and Pods that all come back with new addresses find each other.
/// Everything else works with the server's image alone.
bool needs_hook(const Model& model) {
  return model.engine != directives::Engine::kAutocache &&
         (model.auth.enabled || model.replicas_per_shard > 0);
}

}  // namespace

void fill_hook(const Json& spec, const Options& options, Model& model) {
  PodHook& hook = model.hook;
  hook.enabled = needs_hook(model);
  if (!hook.enabled) {
    return;
  }
  const std::string stated = text_field(spec, {"hook", "image"});
  hook.image = stated.empty() ? pod_hook_image(options.image_registry) : stated;
  hook.image_pull_policy = text_field(spec, {"hook", "imagePullPolicy"});
  hook.resources = spec::get(spec, {"hook", "resources"});
  hook.prepare_args = {"prepare",      "--in",      kConfigFile, "--out",
                       kRunConfigFile, "--install", kRunHook};
  if (model.auth.enabled) {
    hook.prepare_args.insert(hook.prepare_args.end(), {"--password-file", kPasswordFile});
  }
  if (model.replicas_per_shard > 0) {
    hook.prestop_command = {kRunHook, "prestop", "--node",
                            "127.0.0.1:" + std::to_string(model.ports.redis)};
    if (model.auth.enabled) {
      hook.prestop_command.insert(hook.prestop_command.end(), {"--password-file", kPasswordFile});
    }
  }
}

}  // namespace autocache::render::autocache_kind
