#include "render/autocache/parts.h"
#include "render/fields.h"
#include "render/kinds.h"

#include <algorithm>

namespace autocache::render::autocache_kind {

void fill_service(const Json& spec, Model& model) {
  model.service.annotations = map_field(spec, {"serviceAnnotations"});
  const bool described =
      std::any_of(model.service.annotations.begin(), model.service.annotations.end(),
                  [](const auto& annotation) { return annotation.first == kDescription; });
  if (!described) {
    model.service.annotations.emplace(model.service.annotations.begin(), kDescription,
                                      "For clients of the cache");
  }
  model.service.type = text_field(spec, {"service", "type"});
  model.service.node_port = spec::get_integer(spec, {"service", "nodePort"});
  model.service.load_balancer_class = text_field(spec, {"service", "loadBalancerClass"});
  model.service.load_balancer_source_ranges =
      list_field(spec, {"service", "loadBalancerSourceRanges"});
  model.service.external_traffic_policy = text_field(spec, {"service", "externalTrafficPolicy"});
  model.service.internal_traffic_policy = text_field(spec, {"service", "internalTrafficPolicy"});
}

}  // namespace autocache::render::autocache_kind
