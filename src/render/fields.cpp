#include "render/fields.h"

#include <algorithm>
#include <utility>

namespace autocache::render {

std::string text_field(const Json& object, std::initializer_list<std::string_view> path) {
  return std::string(spec::get_text(object, path));
}

StringMap map_field(const Json& object, std::initializer_list<std::string_view> path) {
  StringMap out;
  const Json& value = spec::get(object, path);
  if (!value.is_object()) {
    return out;
  }
  out.reserve(value.size());
  for (const auto& [key, member] : value.items()) {
    if (member.is_string()) {
      out.emplace_back(key, member.get_ref<const std::string&>());
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<Json> list_field(const Json& object, std::initializer_list<std::string_view> path) {
  const auto* items = spec::get(object, path).get_ptr<const Json::array_t*>();
  return items != nullptr ? *items : std::vector<Json>();
}

Json merged(Json base, const Json& over) {
  if (!base.is_object() || !over.is_object()) {
    return over.is_null() ? base : over;
  }
  for (const auto& [key, value] : over.items()) {
    const auto found = base.find(key);
    if (found == base.end()) {
      base[key] = value;
    } else {
      *found = merged(std::move(*found), value);
    }
  }
  return base;
}

}  // namespace autocache::render
