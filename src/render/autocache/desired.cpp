// The desired state that the hook Jobs carry inline (version 1 of its format).

#include "base/duration.h"
#include "base/text.h"
#include "directives/config_text.h"
#include "render/autocache/parts.h"
#include "render/fields.h"

#include <algorithm>
#include <cstdlib>

namespace autocache::render::autocache_kind {

namespace {

/// Every node in order, as the Pods resolve it: shard by shard with replicas, else by ordinal.
Json nodes_of(const Model& model) {
  const std::string suffix = '.' + model.names.headless + ':' + std::to_string(model.ports.redis) +
                             '@' + std::to_string(model.ports.bus);
  Json nodes = Json::array();
  for (const NodeSet& set : model.sets) {
    for (std::int64_t i = 0; i < set.replicas; ++i) {
      nodes.push_back(set.name + '-' + std::to_string(i) + suffix);
    }
  }
  return nodes;
}

/// Slot ranges in the order of their slots: a spec may list them in any.
Json slot_plan_of(const Json& spec) {
  StringMap plan = map_field(spec, {"slotPlan"});
  std::sort(plan.begin(), plan.end(), [](const auto& a, const auto& b) {
    return std::atoi(a.first.c_str()) < std::atoi(b.first.c_str());
  });
  return to_json(plan);
}

/// The live directives as CONFIG SET takes them: without the quotes that the file needs.
Json live_config_of(const Model& model) {
  StringMap out;
  for (const auto& [name, value] : model.config.live) {
    const auto arguments = directives::split_arguments(value);
    out.emplace_back(name, arguments ? join(*arguments, " ") : value);
  }
  return to_json(out);
}

}  // namespace

std::int64_t hook_timeout_seconds(const Json& spec) {
  const auto timeout = parse_duration(text_field(spec, {"hook", "timeout"}));
  return timeout ? (timeout->count() + 999) / 1000 : 600;
}

Json desired_state(const Json& spec, const Model& model) {
  Json out = {{"version", 1}, {"name", model.name}};
  if (!model.name_space.empty()) {
    out["namespace"] = model.name_space;
  }
  out["engine"] = directives::to_string(model.engine);
  out["nodes"] = nodes_of(model);
  out["replicasPerShard"] = model.replicas_per_shard;
  if (Json plan = slot_plan_of(spec); !plan.empty()) {
    out["slotPlan"] = std::move(plan);
  }
  if (!model.config.live.empty()) {
    out["config"] = live_config_of(model);
  }
  out["rateLimitMBps"] = spec::get(spec, {"hook", "rateLimitMBps"});
  out["timeoutSeconds"] = hook_timeout_seconds(spec);
  out["onFull"] = spec::get(spec, {"hook", "onFull"});
  out["storage"] = spec::get_flag(spec, {"storage", "enabled"});
  if (model.auth.enabled) {
    out["auth"] = {{"passwordFile", kPasswordFile}};
  }
  if (spec::get_flag(spec, {"scheduling", "loadAware", "enabled"})) {
    out["loadAware"] = {
        {"cpuThreshold", spec::get(spec, {"scheduling", "loadAware", "cpuThreshold"})},
        {"memoryThreshold", spec::get(spec, {"scheduling", "loadAware", "memoryThreshold"})}};
  }
  return out;
}

}  // namespace autocache::render::autocache_kind
