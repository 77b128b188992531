#include "render/build.h"

namespace autocache::render {

Json to_json(const StringMap& value) {
  Object out(value.size());
  out.splice(value);
  return std::move(out).json();
}

Json to_json(const std::vector<std::string>& value) {
  List out(value.size());
  out.splice(value);
  return std::move(out).json();
}

Json to_json(const std::vector<Json>& value) {
  return value;
}

void Object::splice(const StringMap& value) {
  for (const auto& [key, text] : value) {
    add(key, text);
  }
}

void Object::splice(const Json& value) {
  if (const auto* members = value.get_ptr<const Json::object_t*>()) {
    for (const auto& [key, member] : *members) {
      add(key, member);
    }
  }
}

void List::splice(const Json& value) {
  if (const auto* items = value.get_ptr<const Json::array_t*>()) {
    splice(*items);
  }
}

void List::splice(const std::vector<std::string>& value) {
  items_.insert(items_.end(), value.begin(), value.end());
}

void List::splice(const std::vector<Json>& value) {
  items_.insert(items_.end(), value.begin(), value.end());
}

}  // namespace autocache::render
