#include "spec/schema.h"

#include <algorithm>

namespace autocache::spec {

const Property* Schema::find(std::string_view name) const {
  const auto found = std::find_if(properties.begin(), properties.end(),
                                  [&](const Property& entry) { return entry.name == name; });
  return found == properties.end() ? nullptr : &*found;
}

const KindSchema* find_kind(std::string_view api_version, std::string_view kind) {
  for (const auto& entry : kinds()) {
    if (entry.kind == kind && api_version.size() == entry.group.size() + 1 + entry.version.size() &&
        api_version.starts_with(entry.group) && api_version[entry.group.size()] == '/' &&
        api_version.ends_with(entry.version)) {
      return &entry;
    }
  }
  return nullptr;
}

}  // namespace autocache::spec
