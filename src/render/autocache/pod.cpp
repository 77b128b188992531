// What the Pods have besides the server container.

#include "render/autocache/parts.h"
#include "render/fields.h"

namespace autocache::render::autocache_kind {

namespace {

/// User and group of the server: those of the official Redis and Valkey images; any other works
/// too.
constexpr int kUser = 999;

/// Containers of the user get the security context that the restricted Pod Security Standard asks
/// for, unless they have one.
std::vector<Json> restricted(std::vector<Json> containers) {
  for (Json& container : containers) {
    if (!container.contains("securityContext")) {
      container["securityContext"] = {{"allowPrivilegeEscalation", false},
                                      {"capabilities", {{"drop", {"ALL"}}}}};
    }
  }
  return containers;
}

}  // namespace

void fill_pod(const Json& spec, Model& model) {
  Pod& pod = model.pod;
  pod.annotations = map_field(spec, {"podAnnotations"});
  pod.annotations.insert(pod.annotations.begin(),
                         {"cache.autocache.io/config-checksum", model.config.checksum});
  pod.priority_class = text_field(spec, {"priorityClassName"});
  pod.scheduler = text_field(spec, {"schedulerName"});
  pod.node_selector = map_field(spec, {"nodeSelector"});
  pod.tolerations = list_field(spec, {"tolerations"});
  pod.image_pull_secrets = list_field(spec, {"imagePullSecrets"});
  pod.security_context = merged({{"runAsNonRoot", true},
                                 {"runAsUser", kUser},
                                 {"runAsGroup", kUser},
                                 {"fsGroup", kUser},
                                 {"fsGroupChangePolicy", "OnRootMismatch"},
                                 {"seccompProfile", {{"type", "RuntimeDefault"}}}},
                                spec::get(spec, {"podSecurityContext"}));
  pod.volumes = list_field(spec, {"extraVolumes"});
  pod.init_containers = restricted(list_field(spec, {"initContainers"}));
  pod.sidecars = restricted(list_field(spec, {"sidecars"}));
}

}  // namespace autocache::render::autocache_kind
