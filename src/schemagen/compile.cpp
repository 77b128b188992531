#include "schemagen/compile.h"

#include "base/json.h"
#include "base/number.h"
#include "base/pattern.h"
#include "base/text.h"
#include "spec/cel_expression.h"
#include "yaml/resolve.h"

#include <algorithm>
#include <string_view>

namespace autocache::schemagen {
namespace {

using Name = std::pair<std::string_view, const char*>;

constexpr Name kTypes[] = {{"object", "kObject"},
                           {"array", "kArray"},
                           {"string", "kString"},
                           {"integer", "kInteger"},
                           {"number", "kNumber"},
                           {"boolean", "kBoolean"},
                           {"int-or-string", "kIntOrString"}};
constexpr Name kFormats[] = {{"quantity", "kQuantity"},
                             {"duration", "kDuration"},
                             {"memory-size", "kMemorySize"},
                             {"dns-label", "kDnsLabel"},
                             {"dns-subdomain", "kDnsSubdomain"},
                             {"label-key", "kLabelKey"},
                             {"label-value", "kLabelValue"},
                             {"image", "kImage"},
                             {"cron", "kCron"},
                             {"env-name", "kEnvName"},
                             {"path", "kPath"}};
constexpr Name kNumbers[] = {{"minimum", "minimum"},
                             {"maximum", "maximum"},
                             {"minLength", "min_length"},
                             {"maxLength", "max_length"},
                             {"minItems", "min_items"},
                             {"maxItems", "max_items"},
                             {"maxProperties", "max_properties"}};

class Compiler {
 public:
  Compiler(const std::vector<yaml::Document>& documents, Diagnostics& diagnostics)
      : documents_(documents), diagnostics_(diagnostics) {}

  Compiled run() {
    for (const auto& document : documents_) {
      if (const auto* definitions = document.root.find("definitions")) {
        for (const auto& member : definitions->members) {
          if (!definitions_.emplace(member.key, &member.value).second) {
            error(member.key_at, "definition \"" + member.key + "\" exists twice");
          }
        }
      }
    }
    for (const auto& [name, node] : definitions_) {
      definition(name, node->at);
    }
    for (const auto& document : documents_) {
      if (document.root.find("kind") != nullptr) {
        kind(document.root);
      }
    }
    return std::move(out_);
  }

 private:
  void error(const Position& at, std::string message, std::string hint = {}) {
    diagnostics_.push_back(error_at("", at, "", std::move(message), std::move(hint)));
  }

  std::string text(const yaml::Node& node) {
    if (node.kind != yaml::Kind::kScalar) {
      error(node.at, "must be text");
      return {};
    }
    return std::string(trim(node.scalar));
  }

  std::vector<std::string> texts(const yaml::Node& node) {
    std::vector<std::string> out;
    if (node.kind != yaml::Kind::kSequence) {
      error(node.at, "must be a list");
    }
    for (const auto& item : node.items) {
      out.push_back(text(item));
    }
    return out;
  }

  std::string number(const yaml::Node& node) {
    if (!parse_number<double>(node.scalar)) {
      error(node.at, "must be a number");
    }
    return node.scalar;
  }

  std::string choice(const yaml::Node& node, std::span<const Name> names) {
    for (const auto& [word, enumerator] : names) {
      if (word == node.scalar) {
        return enumerator;
      }
    }
    error(node.at, "unknown word \"" + node.scalar + "\"");
    return names.front().second;
  }

  /// The index of a definition, compiled on first use; `at` is where it is asked for.
  int definition(const std::string& name, const Position& at) {
    if (const auto done = compiled_.find(name); done != compiled_.end()) {
      if (done->second < 0) {
        error(at, "definition \"" + name + "\" contains itself");
        return 0;
      }
      return done->second;
    }
    const auto source = definitions_.find(name);
    if (source == definitions_.end()) {
      error(at, "there is no definition \"" + name + "\"");
      return 0;
    }
    compiled_[name] = -1;
    return compiled_[name] = schema(*source->second);
  }

  /// Compiles a node and what it contains; the index of the result.
  int schema(const yaml::Node& node) {
    SchemaNode out;
    if (const auto* reference = node.find("$ref")) {
      const int target = definition(reference->scalar, reference->at);
      if (node.members.size() == 1) {
        return target;
      }
      if (!out_.schemas.empty()) {
        out = out_.schemas[static_cast<std::size_t>(target)];
      }
    } else if (node.find("type") == nullptr) {
      error(node.at, "has no type");
    }
    for (const auto& member : node.members) {
      keyword(member, out);
    }
    if (out.description.empty()) {
      error(node.at, "has no description");
    }
    check(node, out);
    out_.schemas.push_back(std::move(out));
    return static_cast<int>(out_.schemas.size()) - 1;
  }

  void check(const yaml::Node& node, const SchemaNode& out) {
    for (const auto& name : out.required) {
      if (std::none_of(out.properties.begin(), out.properties.end(),
                       [&](const auto& property) { return property.first == name; })) {
        error(node.at, "requires \"" + name + "\", which is no property");
      }
    }
    if (out.additional && !out.properties.empty()) {
      error(node.at, "has both properties and additionalProperties");
    }
    if (out.type == "kArray" && !out.items) {
      error(node.at, "has no items");
    }
    if (out.type == "kObject" && !out.additional && out.properties.empty()) {
      error(node.at, "has neither properties nor additionalProperties");
    }
  }

  void keyword(const yaml::Member& member, SchemaNode& out) {
    const auto& key = member.key;
    const auto& value = member.value;
    if (key == "$ref") {
    } else if (key == "type") {
      out.type = choice(value, kTypes);
    } else if (key == "format") {
      out.format = choice(value, kFormats);
    } else if (key == "keyFormat") {
      out.key_format = choice(value, kFormats);
    } else if (key == "description") {
      out.description = text(value);
    } else if (key == "default") {
      out.default_json = yaml::to_json(value).dump();
    } else if (key == "example") {
      out.example_json = yaml::to_json(value).dump();
    } else if (key == "enum") {
      out.enum_values = texts(value);
    } else if (key == "pattern") {
      out.pattern = text(value);
      if (!Pattern::compile(out.pattern)) {
        error(value.at, "is no pattern");
      }
    } else if (key == "properties") {
      for (const auto& property : value.members) {
        out.properties.emplace_back(property.key, schema(property.value));
      }
    } else if (key == "required") {
      out.required = texts(value);
    } else if (key == "additionalProperties") {
      out.additional = schema(value);
    } else if (key == "items") {
      out.items = schema(value);
    } else if (key == "oneOfMembers") {
      out.one_of_members = text(value) == "true";
    } else if (key == "listMapKeys") {
      out.list_map_keys = texts(value);
    } else if (key == "rules") {
      rules(value, out);
    } else if (const auto* name =
                   std::find_if(std::begin(kNumbers), std::end(kNumbers),
                                [&](const Name& entry) { return entry.first == key; });
               name != std::end(kNumbers)) {
      out.numbers[name->second] = number(value);
    } else {
      error(member.key_at, "unknown keyword \"" + key + "\"");
    }
  }

  void rules(const yaml::Node& node, SchemaNode& out) {
    for (const auto& item : node.items) {
      Rule rule;
      for (const auto& member : item.members) {
        if (member.key == "rule") {
          rule.rule = text(member.value);
          if (spec::cel::parse(rule.rule) == nullptr) {
            error(member.value.at, "is no expression that we can evaluate");
          }
        } else if (member.key == "message") {
          rule.message = text(member.value);
        } else if (member.key == "fieldPath") {
          rule.field_path = text(member.value);
        } else if (member.key == "inCode") {
          rule.in_code = text(member.value) == "true";
        } else {
          error(member.key_at, "unknown keyword \"" + member.key + "\"");
        }
      }
      if (rule.rule.empty() || rule.message.empty()) {
        error(item.at, "needs rule and message");
      }
      out.rules.push_back(std::move(rule));
    }
  }

  /// A node of the object around spec and status, which no schema file writes.
  int add(std::string type, std::string description) {
    SchemaNode node;
    node.type = std::move(type);
    node.description = std::move(description);
    out_.schemas.push_back(std::move(node));
    return static_cast<int>(out_.schemas.size()) - 1;
  }

  int metadata() {
    const int name = add("kString", "Name of the object, unique in its namespace.");
    out_.schemas.back().format = "kDnsSubdomain";
    const int name_space = add("kString", "Namespace of the object.");
    out_.schemas.back().format = "kDnsLabel";
    const int label = add("kString", "Value of the label.");
    out_.schemas.back().format = "kLabelValue";
    const int labels = add("kObject", "Labels, by which objects are selected.");
    out_.schemas.back().additional = label;
    out_.schemas.back().key_format = "kLabelKey";
    const int annotation = add("kString", "Value of the annotation.");
    const int annotations =
        add("kObject", "Annotations: any text that tools attach to the object.");
    out_.schemas.back().additional = annotation;
    out_.schemas.back().key_format = "kLabelKey";
    const int out = add("kObject", "Standard metadata of the object.");
    out_.schemas.back().properties = {{"name", name},
                                      {"namespace", name_space},
                                      {"labels", labels},
                                      {"annotations", annotations}};
    out_.schemas.back().required = {"name"};
    return out;
  }

  void kind(const yaml::Node& node) {
    Kind out;
    SchemaNode root;
    int spec = -1;
    int status = -1;
    const std::pair<std::string_view, std::string*> fields[] = {
        {"group", &out.group},
        {"version", &out.version},
        {"kind", &out.kind},
        {"plural", &out.plural},
        {"singular", &out.singular},
        {"description", &out.description},
        {"scaleSpecPath", &out.scale_spec_path},
        {"scaleStatusPath", &out.scale_status_path}};
    for (const auto& member : node.members) {
      const auto* field =
          std::find_if(std::begin(fields), std::end(fields),
                       [&](const auto& entry) { return entry.first == member.key; });
      if (field != std::end(fields)) {
        *field->second = text(member.value);
      } else if (member.key == "shortNames") {
        out.short_names = texts(member.value);
      } else if (member.key == "printerColumns") {
        columns(member.value, out);
      } else if (member.key == "rules") {
        rules(member.value, root);
      } else if (member.key == "spec") {
        spec = schema(member.value);
      } else if (member.key == "status") {
        status = schema(member.value);
      } else if (member.key != "definitions") {
        error(member.key_at, "unknown keyword \"" + member.key + "\"");
      }
    }
    if (spec < 0 || status < 0) {
      error(node.at, "needs spec and status");
      return;
    }
    root.description = out.description;
    const int version = add("kString", "Version of the schema of this object: group and version.");
    const int kind_name = add("kString", "Kind of this object.");
    root.properties = {{"apiVersion", version},
                       {"kind", kind_name},
                       {"metadata", metadata()},
                       {"spec", spec},
                       {"status", status}};
    root.required = {"apiVersion", "kind", "metadata"};
    out_.schemas.push_back(std::move(root));
    out.root = static_cast<int>(out_.schemas.size()) - 1;
    out_.kinds.push_back(std::move(out));
  }

  void columns(const yaml::Node& node, Kind& out) {
    for (const auto& item : node.items) {
      Column column;
      for (const auto& member : item.members) {
        if (member.key == "name") {
          column.name = text(member.value);
        } else if (member.key == "type") {
          column.type = text(member.value);
        } else if (member.key == "jsonPath") {
          column.json_path = text(member.value);
        } else if (member.key == "description") {
          column.description = text(member.value);
        } else if (member.key == "priority") {
          column.priority = std::stoi(number(member.value));
        } else {
          error(member.key_at, "unknown keyword \"" + member.key + "\"");
        }
      }
      out.columns.push_back(std::move(column));
    }
  }

  const std::vector<yaml::Document>& documents_;
  Diagnostics& diagnostics_;
  Compiled out_;
  std::map<std::string, const yaml::Node*> definitions_;
  std::map<std::string, int> compiled_;  ///< -1 while in progress
};

}  // namespace

Compiled compile(const std::vector<yaml::Document>& documents, Diagnostics& diagnostics) {
  return Compiler(documents, diagnostics).run();
}

}  // namespace autocache::schemagen
