#include "spec/rules.h"

#include "base/json.h"
#include "spec/codes.h"
#include "spec/get.h"
#include "spec/say.h"

#include <algorithm>

namespace autocache::spec {

RuleContext::RuleContext(const Resource& resource,
                         std::span<const std::string> broken,
                         Diagnostics& out)
    : resource_(resource),
      spec_(get(resource.object, {"spec"})),
      written_(get(resource.written, {"spec"})),
      broken_(broken),
      out_(out) {}

bool RuleContext::is_broken(std::string_view pointer) const {
  return std::any_of(broken_.begin(), broken_.end(), [&](std::string_view other) {
    const auto common = std::min(other.size(), pointer.size());
    const auto& longer = other.size() > pointer.size() ? other : pointer;
    return other.substr(0, common) == pointer.substr(0, common) &&
           (other.size() == pointer.size() || longer[common] == '/');
  });
}

void RuleContext::error(std::string_view code,
                        const std::string& pointer,
                        std::string message,
                        std::string hint) const {
  if (!is_broken(pointer)) {
    out_.push_back(error_at(code, locate(*resource_.document, pointer), pointer, std::move(message),
                            std::move(hint)));
  }
}

void RuleContext::warning(std::string_view code,
                          const std::string& pointer,
                          std::string message,
                          std::string hint) const {
  if (!is_broken(pointer)) {
    out_.push_back(warning_at(code, locate(*resource_.document, pointer), pointer,
                              std::move(message), std::move(hint)));
  }
}

Server server_of(const Json& spec) {
  Server out;
  out.engine = directives::parse_engine(get_text(spec, {"engine"})).value_or(out.engine);
  auto version = directives::parse_version(out.engine, get_text(spec, {"engineVersion"}));
  if (!version) {
    auto image = get_text(spec, {"image"});
    image = image.substr(0, image.find('@'));
    const auto colon = image.rfind(':');
    if (colon != std::string_view::npos && image.find('/', colon) == std::string_view::npos) {
      version = directives::parse_version(out.engine, image.substr(colon + 1));
    }
  }
  out.version_known = version.has_value();
  out.version = version.value_or(directives::newest(out.engine));
  return out;
}

std::optional<Shards> shards_of(const Json& spec) {
  const auto replicas = get_integer(spec, {"replicas"});
  const auto each = get_integer(spec, {"replicasPerShard"});
  if (!replicas || !each || *replicas % (*each + 1) != 0) {
    return std::nullopt;
  }
  return Shards{*replicas / (*each + 1), *each + 1};
}

void check_rules(const Resource& resource, std::span<const std::string> broken, Diagnostics& out) {
  const RuleContext context(resource, broken, out);
  check_names(context);
  check_ports(context);
  check_memory(context);
  check_config(context);
  check_engine(context);
  check_shards(context);
  check_slot_plan(context);
  check_storage(context);
  check_tiers(context);
  check_pod(context);
  check_service(context);
}

}  // namespace autocache::spec
