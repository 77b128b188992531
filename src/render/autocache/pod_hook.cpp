// Our hook program inside the Pods.

#include "render/autocache/parts.h"
#include "render/fields.h"
#include "render/images.h"

namespace autocache::render::autocache_kind {

namespace {

using directives::Engine;

/// A password has to get into the configuration from a file, and a primary with replicas has to
/// hand over before it stops; Valkey 9 does the latter itself (shutdown-on-sigterm failover).
/// Everything else works with the server's image alone.
bool needs_hook(const Model& model) {
  if (model.engine == Engine::kAutocache) {
    return false;
  }
  const bool fails_over_itself =
      model.engine == Engine::kValkey && model.version >= directives::Version{9, 0};
  return model.auth.enabled || (model.replicas_per_shard > 0 && !fails_over_itself);
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
