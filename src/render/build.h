#pragma once

// What the code that templategen writes is made of: objects and lists under construction, and
// values to Json.

#include "base/json.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autocache::render {

/// String members in order: labels, annotations, selectors.
using StringMap = std::vector<std::pair<std::string, std::string>>;

inline Json to_json(std::string_view value) {
  return std::string(value);
}
inline Json to_json(const std::string& value) {
  return value;
}
inline Json to_json(const char* value) {
  return value;
}
inline Json to_json(bool value) {
  return value;
}
inline Json to_json(int value) {
  return value;
}
inline Json to_json(std::int64_t value) {
  return value;
}
inline Json to_json(const Json& value) {
  return value;
}
Json to_json(const StringMap& value);
Json to_json(const std::vector<std::string>& value);
Json to_json(const std::vector<Json>& value);

template <class T>
Json to_json(const std::optional<T>& value) {
  return value ? to_json(*value) : Json();
}

/// True if a value is there: not false, null, nothing, or empty text, list or object.
inline bool present(bool value) {
  return value;
}
inline bool present(const std::string& value) {
  return !value.empty();
}
inline bool present(const Json& value) {
  const bool empty_text = value.is_string() && value.get_ref<const std::string&>().empty();
  return !value.is_null() && value != false && !(value.is_structured() && value.empty()) &&
         !empty_text;
}
template <class T>
bool present(const std::vector<T>& value) {
  return !value.empty();
}
template <class T>
bool present(const std::optional<T>& value) {
  return value.has_value();
}

/// Number of members that a splice adds.
inline std::size_t count(const StringMap& value) {
  return value.size();
}
inline std::size_t count(const Json& value) {
  return value.size();
}

/// The placeholders and the text of one scalar as one string.
inline void append(std::string& out, std::string_view value) {
  out += value;
}
inline void append(std::string& out, std::int64_t value) {
  out += std::to_string(value);
}
template <class... T>
std::string text(const T&... parts) {
  std::string out;
  (append(out, parts), ...);
  return out;
}

/// A Json object under construction. `capacity` is the most members that it gets: growing copies
/// them.
class Object {
 public:
  explicit Object(std::size_t capacity) { members().reserve(capacity); }

  void add(std::string_view key, Json value) { members().emplace_back(key, std::move(value)); }

  template <class T>
  void add_present(std::string_view key, const T& value) {
    if (present(value)) {
      add(key, to_json(value));
    }
  }

  /// Adds an object or list that was built, unless nothing was left in it.
  void add_filled(std::string_view key, Json value) {
    if (!value.empty()) {
      add(key, std::move(value));
    }
  }

  void splice(const StringMap& value);
  void splice(const Json& value);

  Json json() && { return Json(std::move(object_)); }

 private:
  /// The plain vector below the map: its own insertion compares each new key with all others.
  Json::object_t::Container& members() { return object_; }

  Json::object_t object_;
};

/// A Json array under construction.
class List {
 public:
  explicit List(std::size_t capacity) { items_.reserve(capacity); }

  void add(Json value) { items_.push_back(std::move(value)); }

  template <class T>
  void add_present(const T& value) {
    if (present(value)) {
      add(to_json(value));
    }
  }

  void add_filled(Json value) {
    if (!value.empty()) {
      add(std::move(value));
    }
  }

  void splice(const Json& value);
  void splice(const std::vector<std::string>& value);
  void splice(const std::vector<Json>& value);

  Json json() && { return Json(std::move(items_)); }

 private:
  Json::array_t items_;
};

}  // namespace autocache::render
