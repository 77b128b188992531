#include "render/fields.h"

#include <algorithm>
#include <utility>

namespace autocache::render {

const Json& field(const Json& object, std::initializer_list<std::string_view> path) {
  static const Json kNull;
  const Json* at = &object;
  for (const std::string_view name : path) {
    const auto* members = at->get_ptr<const Json::object_t*>();
    if (members == nullptr) {
      return kNull;
    }
    const auto found = std::find_if(members->begin(), members->end(),
                                    [name](const auto& member) { return member.first == name; });
    if (found == members->end()) {
      return kNull;
    }
    at = &found->second;
  }
  return *at;
}

std::string text_field(const Json& object, std::initializer_list<std::string_view> path) {
  const auto* text = field(object, path).get_ptr<const Json::string_t*>();
  return text != nullptr ? *text : std::string();
}

std::optional<std::int64_t> integer_field(const Json& object,
                                          std::initializer_list<std::string_view> path) {
  const Json& value = field(object, path);
  return value.is_number_integer() ? std::optional(value.get<std::int64_t>()) : std::nullopt;
}

bool flag_field(const Json& object, std::initializer_list<std::string_view> path) {
  const Json& value = field(object, path);
  return value.is_boolean() && value.get<bool>();
}

StringMap map_field(const Json& object, std::initializer_list<std::string_view> path) {
  StringMap out;
  const Json& value = field(object, path);
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
  const auto* items = field(object, path).get_ptr<const Json::array_t*>();
  return items != nullptr ? *items : std::vector<Json>();
}

Json merged(Json base, const Json& over) {
  if (!base.is_object() || !over.is_object()) {
    return over.is_null() ? std::move(base) : over;
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
