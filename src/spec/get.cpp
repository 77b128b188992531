#include "spec/get.h"

#include "base/json.h"

namespace autocache::spec {

const Json& get(const Json& tree, Path path) {
  static const Json kNull;
  const Json* at = &tree;
  for (const auto name : path) {
    if (!at->is_object()) {
      return kNull;
    }
    const auto found = at->find(name);
    if (found == at->end()) {
      return kNull;
    }
    at = &*found;
  }
  return *at;
}

std::string_view get_text(const Json& tree, Path path) {
  const auto& value = get(tree, path);
  return value.is_string() ? std::string_view(value.get_ref<const std::string&>())
                           : std::string_view();
}

std::optional<std::int64_t> get_integer(const Json& tree, Path path) {
  const auto& value = get(tree, path);
  return value.is_number_integer() ? std::optional(value.get<std::int64_t>()) : std::nullopt;
}

bool get_flag(const Json& tree, Path path) {
  const auto& value = get(tree, path);
  return value.is_boolean() && value.get<bool>();
}

bool has(const Json& tree, Path path) {
  return !get(tree, path).is_null();
}

}  // namespace autocache::spec
