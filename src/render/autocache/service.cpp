#include "render/autocache/parts.h"
#include "render/fields.h"

namespace autocache::render::autocache_kind {

void fill_service(const Json& spec, Model& model) {
  model.service.annotations = map_field(spec, {"serviceAnnotations"});
  model.service.type = text_field(spec, {"service", "type"});
  model.service.node_port = spec::get_integer(spec, {"service", "nodePort"});
  model.service.load_balancer_class = text_field(spec, {"service", "loadBalancerClass"});
  model.service.load_balancer_source_ranges =
      list_field(spec, {"service", "loadBalancerSourceRanges"});
  model.service.external_traffic_policy = text_field(spec, {"service", "externalTrafficPolicy"});
  model.service.internal_traffic_policy = text_field(spec, {"service", "internalTrafficPolicy"});
}

}  // namespace autocache::render::autocache_kind
