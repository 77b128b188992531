#include "plan/conditions.h"

#include "base/quantity.h"
#include "plan/json_tools.h"

#include <optional>

namespace autocache::plan {
namespace {

std::optional<Quantity> quantity(const Json* value) {
  if (value == nullptr || value->is_structured()) return std::nullopt;
  return Quantity::parse(value->is_string() ? value->get<std::string>() : value->dump());
}

bool can_read(const Cache& written, const Cache& reader) {
  return can_read_data(written.engine, written.version, reader.engine, reader.version);
}

}  // namespace

bool releases_known(const Match& m) {
  return both(m) && m.old_cache->version_known && m.new_cache->version_known;
}

bool unreadable(const Match& m) {
  return both(m) && !can_read(*m.old_cache, *m.new_cache);
}

bool one_way(const Match& m) {
  return both(m) && !can_read(*m.new_cache, *m.old_cache);
}

bool older(const Match& m) {
  return both(m) && m.old_cache->engine == m.new_cache->engine &&
         m.new_cache->version < m.old_cache->version;
}

bool unreadable_image(const Match& m) {
  return releases_known(m) && unreadable(m);
}

bool grows(const Match& m) {
  const auto before = quantity(m.before);
  const auto after = quantity(m.after);
  return before && after && *after > *before;
}

bool shrinks(const Match& m) {
  const auto before = quantity(m.before);
  const auto after = quantity(m.after);
  return before && after && *after < *before;
}

bool has_label(const Json* object, std::string_view key, std::string_view value) {
  const Json* labels = object == nullptr ? nullptr : at_path(*object, "metadata/labels");
  const Json* found = labels == nullptr ? nullptr : member(*labels, key);
  return found != nullptr && *found == value;
}

std::string annotation(const Json* object, std::string_view key) {
  const Json* all = object == nullptr ? nullptr : at_path(*object, "metadata/annotations");
  const Json* found = all == nullptr ? nullptr : member(*all, key);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

bool of_hook(const Match& m) {
  return has_label(m.old_object, "app.kubernetes.io/name", "autocache-hook") ||
         has_label(m.new_object, "app.kubernetes.io/name", "autocache-hook");
}

}  // namespace autocache::plan
