#pragma once

// Reading a Json tree of unknown shape without exceptions.

#include "base/json.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace autocache::plan {

/// The member `key` of an object; null if `value` is not an object or has no such member.
inline const Json* member(const Json& value, std::string_view key) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(std::string(key));
  return found == value.end() ? nullptr : &*found;
}

inline Json* member(Json& value, std::string_view key) {
  if (!value.is_object()) return nullptr;
  const auto found = value.find(std::string(key));
  return found == value.end() ? nullptr : &*found;
}

/// The value at `path`, member names separated by `/`; null if there is none.
template <class T>
T* at_path(T& value, std::string_view path) {
  T* current = &value;
  while (!path.empty() && current != nullptr) {
    const std::size_t end = path.find('/');
    current = member(*current, path.substr(0, end));
    path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
  }
  return current;
}

/// The string at `path`, empty if there is none.
inline std::string_view text_at(const Json& value, std::string_view path) {
  const Json* found = at_path(value, path);
  return found != nullptr && found->is_string()
             ? std::string_view(found->get_ref<const std::string&>())
             : std::string_view();
}

/// The integer at `path`, or `otherwise`.
inline std::int64_t integer_at(const Json& value, std::string_view path, std::int64_t otherwise) {
  const Json* found = at_path(value, path);
  return found != nullptr && found->is_number_integer() ? found->get<std::int64_t>() : otherwise;
}

/// The replicas of a StatefulSet; at most 16384, the number of slots, whatever the text says.
inline std::int64_t replicas_of(const Json& stateful_set) {
  constexpr std::int64_t kMost = 16384;
  return std::clamp<std::int64_t>(integer_at(stateful_set, "spec/replicas", 1), 0, kMost);
}

/// The items of the list at `path`; empty if there is none.
inline const Json& list_at(const Json& value, std::string_view path) {
  static const Json kEmpty = Json::array();
  const Json* found = at_path(value, path);
  return found != nullptr && found->is_array() ? *found : kEmpty;
}

}  // namespace autocache::plan
