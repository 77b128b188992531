#include "spec/crd.h"

#include "base/json.h"
#include "base/text.h"
#include "spec/schema_text.h"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace autocache::spec {
namespace {

Json number(double value) {
  return Json::parse(number_text(value));
}

Json texts(std::span<const std::string_view> values) {
  auto out = Json::array();
  for (const auto value : values) {
    out.push_back(value);
  }
  return out;
}

template <class T>
void set(Json& out, const char* key, const std::optional<T>& value) {
  if (value) {
    out[key] = *value;
  }
}

Json open_api(const Schema& schema);

void add_limits(const Schema& schema, Json& out) {
  if (!schema.enum_values.empty()) {
    out["enum"] = texts(schema.enum_values);
  }
  const bool quantity = schema.format == Format::kQuantity;
  if (schema.minimum) {
    out["minimum"] = number(*schema.minimum);
  }
  if (schema.maximum) {
    out["maximum"] = number(*schema.maximum);
  }
  set(out, "minLength", schema.min_length);
  // The API server takes the length of an int-or-string as unbounded anyway.
  set(out, "maxLength", quantity ? std::nullopt : max_length_of(schema));
  if (const auto pattern = pattern_of(schema); !pattern.empty()) {
    out["pattern"] = pattern;
  }
  set(out, "minItems", schema.min_items);
  set(out, "maxItems", schema.max_items);
  set(out, "maxProperties", schema.max_properties);
  if (schema.one_of_members) {
    out["minProperties"] = 1;
    out["maxProperties"] = 1;
  }
}

/// A string literal of the rules' language.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\\' || c == '\'' ? "\\" : "";
    out += c;
  }
  return out + "'";
}

void add_rules(const Schema& schema, Json& out) {
  if (const auto keys = format_text(schema.key_format); !keys.pattern.empty()) {
    auto rule = fmt::format("self.all(key, size(key) <= {} && key.matches({}))", *keys.max_length,
                            quoted(keys.pattern));
    out["x-kubernetes-validations"].push_back(
        {{"rule", std::move(rule)}, {"message", fmt::format("each key must be {}", keys.words)}});
  }
  for (const auto& rule : schema.rules) {
    Json entry = {{"rule", rule.rule}, {"message", rule.message}};
    if (!rule.field_path.empty()) {
      entry["fieldPath"] = rule.field_path;
    }
    out["x-kubernetes-validations"].push_back(std::move(entry));
  }
}

void add_children(const Schema& schema, Json& out) {
  if (!schema.properties.empty()) {
    auto& properties = out["properties"] = Json::object();
    for (const auto& property : schema.properties) {
      properties[std::string(property.name)] = open_api(*property.schema);
    }
  }
  if (!schema.required.empty()) {
    out["required"] = texts(schema.required);
  }
  if (schema.additional != nullptr) {
    out["additionalProperties"] = open_api(*schema.additional);
  }
  if (schema.items != nullptr) {
    out["items"] = open_api(*schema.items);
  }
  if (!schema.list_map_keys.empty()) {
    out["x-kubernetes-list-type"] = "map";
    out["x-kubernetes-list-map-keys"] = texts(schema.list_map_keys);
  }
}

/// `value` with the defaults of all fields below it.
Json with_defaults(const Schema& schema, Json value) {
  for (const auto& property : schema.properties) {
    const auto name = std::string(property.name);
    if (!value.contains(name) && !property.schema->default_json.empty()) {
      value[name] = Json::parse(property.schema->default_json);
    }
    if (value.contains(name) && value[name].is_object()) {
      value[name] = with_defaults(*property.schema, std::move(value[name]));
    }
  }
  return value;
}

/// The API server checks the rules of an object against its default as it is written, before it
/// fills in the fields' defaults.
Json default_of(const Schema& schema) {
  auto value = Json::parse(schema.default_json);
  return schema.rules.empty() ? value : with_defaults(schema, std::move(value));
}

Json open_api(const Schema& schema) {
  Json out = Json::object();
  out["description"] = schema.description;
  if (schema.type == Type::kIntOrString || schema.format == Format::kQuantity) {
    out["x-kubernetes-int-or-string"] = true;
  } else {
    out["type"] = type_word(schema.type);
  }
  if (schema.type == Type::kInteger) {
    out["format"] = "int64";
  }
  if (!schema.default_json.empty()) {
    out["default"] = default_of(schema);
  }
  add_limits(schema, out);
  add_children(schema, out);
  add_rules(schema, out);
  return out;
}

/// The object itself: the API server validates metadata on its own and allows no schema for it.
Json root(const KindSchema& kind) {
  Json out = {
      {"description", kind.description}, {"type", "object"}, {"properties", Json::object()}};
  auto& properties = out["properties"];
  for (const auto& property : kind.root->properties) {
    const auto name = std::string(property.name);
    properties[name] = name == "metadata" ? Json{{"type", "object"}} : open_api(*property.schema);
  }
  add_rules(*kind.root, out);
  return out;
}

Json columns(const KindSchema& kind) {
  auto out = Json::array();
  for (const auto& column : kind.columns) {
    Json entry = {{"name", column.name},
                  {"type", column.type},
                  {"description", column.description},
                  {"jsonPath", column.json_path}};
    if (column.priority != 0) {
      entry["priority"] = column.priority;
    }
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace

Json crd(const KindSchema& kind) {
  Json version = {{"name", kind.version}, {"served", true}, {"storage", true}};
  version["additionalPrinterColumns"] = columns(kind);
  version["schema"]["openAPIV3Schema"] = root(kind);
  if (!kind.scale_spec_path.empty()) {
    version["subresources"]["scale"] = {{"specReplicasPath", kind.scale_spec_path},
                                        {"statusReplicasPath", kind.scale_status_path}};
  }
  version["subresources"]["status"] = Json::object();

  Json names = {{"kind", kind.kind},
                {"listKind", std::string(kind.kind) + "List"},
                {"plural", kind.plural},
                {"singular", kind.singular},
                {"shortNames", texts(kind.short_names)}};
  Json out = {{"apiVersion", "apiextensions.k8s.io/v1"}, {"kind", "CustomResourceDefinition"}};
  out["metadata"]["name"] = std::string(kind.plural) + "." + std::string(kind.group);
  // Without its definition every object of the kind is gone: no tool removes it by itself (Argo CD
  // honours this one too).
  out["metadata"]["annotations"]["helm.sh/resource-policy"] = "keep";
  auto& spec = out["spec"];
  spec["conversion"]["strategy"] = "None";
  spec["group"] = kind.group;
  spec["names"] = std::move(names);
  spec["scope"] = "Namespaced";
  spec["versions"] = Json::array({std::move(version)});
  return out;
}

}  // namespace autocache::spec
