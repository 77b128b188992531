#include "spec/json_schema.h"

#include "base/json.h"
#include "spec/schema_text.h"

#include <map>
#include <string>
#include <vector>

namespace autocache::spec {
namespace {

Json texts(std::span<const std::string_view> values) {
  auto out = Json::array();
  for (const auto value : values) {
    out.push_back(value);
  }
  return out;
}

/// Quantities may be written as numbers too.
Json types_of(const Schema& schema) {
  if (schema.format == Format::kQuantity) {
    return {"string", "integer"};
  }
  if (schema.type == Type::kIntOrString) {
    return {"integer", "string"};
  }
  return type_word(schema.type);
}

/// Writes nodes; object types that appear more than once go to `$defs`, named after the field where
/// they appear first.
class Writer {
 public:
  explicit Writer(const Schema& root) { count(root, "root"); }

  Json node(const Schema& schema) {
    const auto shared = names_.find(type_key(schema));
    if (schema.properties.empty() || shared == names_.end() || shared->second.uses < 2) {
      return annotate(schema, body(schema));
    }
    auto& type = shared->second;
    if (!type.written) {
      type.written = true;
      auto definition = body(schema);
      definitions_[type.name] = std::move(definition);
    }
    return annotate(schema, {{"$ref", "#/$defs/" + type.name}});
  }

  Json take_definitions() { return std::move(definitions_); }

 private:
  struct SharedType {
    std::string name;
    int uses = 0;
    bool written = false;
  };

  void count(const Schema& schema, std::string_view field) {
    if (schema.items != nullptr) {
      count(*schema.items, field);
    } else if (schema.additional != nullptr) {
      count(*schema.additional, field);
    } else if (!schema.properties.empty()) {
      auto& type = names_[type_key(schema)];
      if (++type.uses > 1) {
        return;
      }
      type.name = unique_name(field);
      for (const auto& property : schema.properties) {
        count(*property.schema, property.name);
      }
    }
  }

  std::string unique_name(std::string_view field) {
    auto name = std::string(field);
    const int number = ++taken_[name];
    return number == 1 ? name : name + std::to_string(number);
  }

  static Json annotate(const Schema& schema, Json out) {
    out["description"] = schema.description;
    if (!schema.default_json.empty()) {
      out["default"] = Json::parse(schema.default_json);
    }
    if (!schema.example_json.empty()) {
      out["examples"] = Json::array({Json::parse(schema.example_json)});
    }
    return out;
  }

  Json body(const Schema& schema) {
    Json out = {{"type", types_of(schema)}};
    limits(schema, out);
    if (!schema.properties.empty()) {
      auto& properties = out["properties"] = Json::object();
      for (const auto& property : schema.properties) {
        properties[std::string(property.name)] = node(*property.schema);
      }
      out["additionalProperties"] = false;
    }
    if (!schema.required.empty()) {
      out["required"] = texts(schema.required);
    }
    if (schema.additional != nullptr) {
      out["additionalProperties"] = node(*schema.additional);
      if (const auto key = format_text(schema.key_format); !key.pattern.empty()) {
        out["propertyNames"] = {{"pattern", key.pattern}, {"maxLength", *key.max_length}};
      }
    }
    if (schema.items != nullptr) {
      out["items"] = node(*schema.items);
    }
    return out;
  }

  static void limits(const Schema& schema, Json& out) {
    const auto set = [&out](const char* key, const auto& value) {
      if (value) {
        out[key] = *value;
      }
    };
    if (!schema.enum_values.empty()) {
      out["enum"] = texts(schema.enum_values);
    }
    if (schema.minimum) {
      out["minimum"] = Json::parse(number_text(*schema.minimum));
    }
    if (schema.maximum) {
      out["maximum"] = Json::parse(number_text(*schema.maximum));
    }
    set("minLength", schema.min_length);
    set("maxLength", max_length_of(schema));
    if (const auto pattern = pattern_of(schema); !pattern.empty()) {
      out["pattern"] = pattern;
    }
    set("minItems", schema.min_items);
    set("maxItems", schema.max_items);
    set("maxProperties", schema.max_properties);
    if (schema.one_of_members) {
      out["minProperties"] = 1;
      out["maxProperties"] = 1;
    }
  }

  std::map<TypeKey, SharedType> names_;
  std::map<std::string, int> taken_;
  Json definitions_ = Json::object();
};

}  // namespace

Json json_schema(const KindSchema& kind) {
  Writer writer(*kind.root);
  auto root = writer.node(*kind.root);
  auto& properties = root["properties"];
  properties["apiVersion"]["const"] = std::string(kind.group) + "/" + std::string(kind.version);
  properties["kind"]["const"] = kind.kind;

  Json out = {{"$schema", "https://json-schema.org/draft/2020-12/schema"}};
  out["title"] =
      std::string(kind.kind) + " " + std::string(kind.group) + "/" + std::string(kind.version);
  out.update(root);
  out["$defs"] = writer.take_definitions();
  return out;
}

}  // namespace autocache::spec
