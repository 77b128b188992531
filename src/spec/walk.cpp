#include "spec/walk.h"

#include "base/json.h"
#include "base/text.h"
#include "spec/codes.h"
#include "spec/formats.h"
#include "spec/say.h"
#include "yaml/resolve.h"

#include <algorithm>
#include <array>

namespace autocache::spec {
namespace {

/// Appends without the search for an equal key that the object's own insertion makes.
Json& append(Json& object, std::string_view key, Json value) {
  auto& members = static_cast<Json::object_t::Container&>(object.get_ref<Json::object_t&>());
  members.emplace_back(std::string(key), std::move(value));
  return members.back().second;
}

bool is_null(const yaml::Node& node) {
  return node.kind == yaml::Kind::kScalar && node.style == yaml::Style::kPlain &&
         node.scalar.size() <= 4 && yaml::resolve(node).type == yaml::ScalarType::kNull;
}

constexpr std::size_t kMostProperties = 64;

}  // namespace

void Walk::error(std::string_view code,
                 const Position& at,
                 const Frame& frame,
                 std::string message,
                 std::string hint) {
  diagnostics_.push_back(error_at(code, at, frame.pointer(), std::move(message), std::move(hint)));
}

void Walk::warning(std::string_view code,
                   const Position& at,
                   const Frame& frame,
                   std::string message,
                   std::string hint) {
  diagnostics_.push_back(
      warning_at(code, at, frame.pointer(), std::move(message), std::move(hint)));
}

const Pattern& Walk::pattern(std::string_view text) {
  auto found = patterns_.find(text);
  if (found == patterns_.end()) {
    // schemagen has compiled every pattern before.
    found = patterns_.emplace(text, *Pattern::compile(text)).first;
  }
  return found->second;
}

bool Walk::read(
    const Schema& schema, const yaml::Node& node, const Frame& frame, Json& object, Json& written) {
  switch (schema.type) {
    case Type::kObject:
      if (node.kind != yaml::Kind::kMapping) {
        error(code::kType, node.at, frame, "must be an object, not " + kind_of(node));
        return false;
      }
      return schema.additional != nullptr ? read_map(schema, node, frame, object, written)
                                          : read_object(schema, node, frame, object, written);
    case Type::kArray:
      if (node.kind != yaml::Kind::kSequence) {
        error(code::kType, node.at, frame, "must be a list, not " + kind_of(node),
              node.kind == yaml::Kind::kScalar && !is_null(node)
                  ? "write a list of one item: [" + node.scalar + "]"
                  : "");
        return false;
      }
      return read_array(schema, node, frame, object, written);
    default:
      return read_scalar(schema, node, frame, object, written);
  }
}

bool Walk::unknown_field(const Schema& schema, const yaml::Member& member, const Frame& frame) {
  std::vector<std::string_view> names;
  names.reserve(schema.properties.size());
  for (const auto& property : schema.properties) {
    names.push_back(property.name);
  }
  std::string hint;
  if (const auto near = closest(member.key, names)) {
    hint = "did you mean \"" + std::string(*near) + "\"?";
  } else if (names.size() <= 8) {
    hint = "fields are " + list_of(names);
  }
  error(code::kUnknownField, member.key_at, {&frame, member.key}, "unknown field", std::move(hint));
  return false;
}

bool Walk::read_object(
    const Schema& schema, const yaml::Node& node, const Frame& frame, Json& object, Json& written) {
  object = Json::object();
  written = Json::object();
  std::array<const yaml::Member*, kMostProperties> given{};
  bool fine = true;
  for (const auto& member : node.members) {
    const auto* property = schema.find(member.key);
    if (property == nullptr) {
      fine = unknown_field(schema, member, frame);
    } else if (!is_null(member.value)) {
      // A null is as good as no member, as in the API server (defaulting/prunenulls.go).
      given[static_cast<std::size_t>(property - schema.properties.data())] = &member;
    }
  }
  for (std::size_t i = 0; i < schema.properties.size(); ++i) {
    const auto& property = schema.properties[i];
    if (given[i] != nullptr) {
      Json value;
      Json as_written;
      const Frame inner{&frame, property.name};
      if (read(*property.schema, given[i]->value, inner, value, as_written)) {
        append(object, property.name, std::move(value));
        append(written, property.name, std::move(as_written));
      } else {
        // What is inside and fine still counts for rules between fields.
        if (value.is_structured()) {
          append(object, property.name, std::move(value));
          append(written, property.name, std::move(as_written));
        }
        fine = false;
      }
    } else if (!property.schema->default_json.empty()) {
      append(object, property.name, default_value(*property.schema));
    }
  }
  for (const auto name : schema.required) {
    const auto* property = schema.find(name);
    const auto index = static_cast<std::size_t>(property - schema.properties.data());
    if (given[index] == nullptr && property->schema->default_json.empty()) {
      error(code::kRequired, node.at, {&frame, name}, "is required");
      fine = false;
    }
  }
  if (fine && schema.one_of_members) {
    fine = check_one_of(schema, node, frame, written);
  }
  return fine && check_rules(schema, node, frame, object);
}

bool Walk::check_one_of(const Schema& schema,
                        const yaml::Node& node,
                        const Frame& frame,
                        const Json& written) {
  std::vector<std::string_view> choices;
  std::vector<std::string_view> given;
  for (const auto& property : schema.properties) {
    if (std::find(schema.required.begin(), schema.required.end(), property.name) ==
        schema.required.end()) {
      choices.push_back(property.name);
      if (written.contains(property.name)) {
        given.push_back(property.name);
      }
    }
  }
  if (given.size() == 1) {
    return true;
  }
  error(code::kOneOf, node.at, frame,
        given.empty() ? "needs one of its fields"
                      : "takes only one of its fields, and has " + list_of(given),
        given.empty() ? "fields are " + list_of(choices) : "");
  return false;
}

bool Walk::check_rules(const Schema& schema,
                       const yaml::Node& node,
                       const Frame& frame,
                       const Json& object) {
  bool fine = true;
  for (const auto& rule : schema.rules) {
    if (rule.in_code || rules_.check(rule.rule, object) == Verdict::kHolds) {
      continue;
    }
    fine = false;
    // The rule's field path, ".a.b", leads to the member that is wrong, if it is there.
    std::string pointer = frame.pointer();
    const auto* place = &node;
    Position at = node.at;
    for (const auto name : split(rule.field_path, '.')) {
      if (name.empty()) {
        continue;
      }
      pointer = pointer_join(pointer, name);
      place = place != nullptr ? place->find(name) : nullptr;
      at = place != nullptr ? place->at : at;
    }
    diagnostics_.push_back(
        error_at(code::kSchemaRule, at, std::move(pointer), std::string(rule.message)));
  }
  return fine;
}

bool Walk::read_map(
    const Schema& schema, const yaml::Node& node, const Frame& frame, Json& object, Json& written) {
  bool fine = true;
  if (schema.max_properties && node.members.size() > *schema.max_properties) {
    error(code::kSize, node.at, frame,
          "has " + std::to_string(node.members.size()) + " entries; at most " +
              std::to_string(*schema.max_properties) + " are allowed");
    fine = false;
  }
  // Keys as kubectl reads them: a plain 1.0 is the key "1".
  std::vector<std::pair<std::string, const yaml::Member*>> sorted;
  sorted.reserve(node.members.size());
  for (const auto& member : node.members) {
    sorted.emplace_back(yaml::key_text(member.key, member.key_style), &member);
  }
  std::sort(sorted.begin(), sorted.end());
  object = Json::object();
  written = Json::object();
  for (const auto& [name, member] : sorted) {
    const Frame inner{&frame, member->key};
    const auto key = yaml::resolve(member->key, member->key_style);
    if (key.ambiguous) {
      error(code::kAmbiguous, member->key_at, inner,
            "kubectl reads the key " + member->key + " as " + name + ", other tools do not",
            "put it in quotes: \"" + member->key + "\"");
      fine = false;
      continue;
    }
    if (is_null(member->value)) {
      warning(code::kNullEntry, member->key_at, inner,
              "has no value; the entry is dropped, as the API server does",
              "write \"\" for an empty value");
      continue;
    }
    if (const auto problem = check_format(schema.key_format, name)) {
      error(problem->code, member->key_at, inner, problem->message, problem->hint);
      fine = false;
    }
    Json value;
    Json as_written;
    if (read(*schema.additional, member->value, inner, value, as_written)) {
      append(object, name, std::move(value));
      append(written, name, std::move(as_written));
    } else {
      fine = false;
    }
  }
  return fine && check_rules(schema, node, frame, object);
}

bool Walk::read_array(
    const Schema& schema, const yaml::Node& node, const Frame& frame, Json& object, Json& written) {
  bool fine = true;
  const auto count = node.items.size();
  if (schema.min_items && count < *schema.min_items) {
    error(code::kSize, node.at, frame, "needs at least " + count_of(*schema.min_items, "item"));
    fine = false;
  }
  if (schema.max_items && count > *schema.max_items) {
    error(code::kSize, node.at, frame,
          "has " + count_of(count, "item") + "; at most " + std::to_string(*schema.max_items) +
              " are allowed");
    fine = false;
  }
  object = Json::array();
  written = Json::array();
  for (std::size_t i = 0; i < count; ++i) {
    Json value;
    Json as_written;
    if (read(*schema.items, node.items[i], {&frame, {}, i}, value, as_written)) {
      object.push_back(std::move(value));
      written.push_back(std::move(as_written));
    } else {
      object.push_back(value.is_structured() ? std::move(value) : Json());
      written.push_back(nullptr);
      fine = false;
    }
  }
  if (!schema.list_map_keys.empty()) {
    fine = check_list_keys(schema, node, frame, object) && fine;
  }
  return fine && check_rules(schema, node, frame, object);
}

bool Walk::check_list_keys(const Schema& schema,
                           const yaml::Node& node,
                           const Frame& frame,
                           const Json& object) {
  bool fine = true;
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < object.size(); ++i) {
    if (!object[i].is_object() || object[i].empty()) {
      continue;
    }
    std::string key;
    std::string text;
    for (const auto name : schema.list_map_keys) {
      const auto found = object[i].find(name);
      const auto value = found == object[i].end() ? std::string() : found->dump();
      key += value + '\0';
      text += (text.empty() ? "" : ", ") + std::string(name) + " " + value;
    }
    const auto [first, is_new] = seen.emplace(std::move(key), i);
    if (!is_new) {
      error(code::kDuplicateKey, node.items[i].at, {&frame, {}, i},
            "is the second item with " + text + "; the first is item " +
                std::to_string(first->second));
      fine = false;
    }
  }
  return fine;
}

}  // namespace autocache::spec
