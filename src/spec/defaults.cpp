#include "base/json.h"
#include "base/number.h"
#include "spec/walk.h"

namespace autocache::spec {
namespace {

/// Defaults are checked JSON of our own; the common ones need no parser.
Json parse(std::string_view text) {
  if (text == "{}") {
    return Json::object();
  }
  if (text.size() >= 2 && text.front() == '"' && text.find('\\') == std::string_view::npos) {
    return std::string(text.substr(1, text.size() - 2));
  }
  if (const auto number = parse_number<std::int64_t>(text)) {
    return *number;
  }
  return Json::parse(text);
}

void fill(const Schema& schema, Json& value) {
  if (!value.is_object() || schema.properties.empty()) {
    return;
  }
  Json filled = Json::object();
  auto& members = filled.get_ref<Json::object_t&>();
  for (const auto& property : schema.properties) {
    if (const auto found = value.find(property.name); found != value.end()) {
      members.emplace_back(std::string(property.name), std::move(*found));
      fill(*property.schema, members.back().second);
    } else if (!property.schema->default_json.empty()) {
      members.emplace_back(std::string(property.name), default_value(*property.schema));
    }
  }
  value = std::move(filled);
}

}  // namespace

Json default_value(const Schema& schema) {
  if (schema.default_json.empty()) {
    return nullptr;
  }
  auto value = parse(schema.default_json);
  fill(schema, value);
  return value;
}

}  // namespace autocache::spec
