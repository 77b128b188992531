#include "spec/field_reference.h"

#include "base/text.h"
#include "spec/schema_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <utility>
#include <vector>

namespace autocache::spec {
namespace {

/// `text` for a cell of a table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<' || c == '*' || c == '_') {
      out += '\\';
    }
    out += c;
  }
  return out;
}

/// As GitHub makes anchors of headings.
std::string anchor(std::string_view heading) {
  std::string out;
  for (const char c : to_lower(heading)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-') {
      out += c;
    }
  }
  return out;
}

std::string code(std::string_view text) {
  return text.empty() ? std::string("`\"\"`") : fmt::format("`{}`", text);
}

class Reference {
 public:
  std::string run(const KindSchema& kind) {
    out_ = fmt::format("# Fields of {}\n\n`apiVersion: {}/{}`, `kind: {}`. {}\n\n", kind.kind,
                       kind.group, kind.version, kind.kind, kind.description);
    out_ += "<!-- Written from the schemas by the build target update-docs. Do not edit. -->\n\n";
    out_ +=
        "A field without a default has no value unless it is given. `autocache explain` prints the "
        "same on the command line.\n";
    for (const auto& property : kind.root->properties) {
      if (!property.schema->properties.empty() && property.name != "metadata") {
        plan(std::string(property.name), *property.schema);
      }
    }
    for (const auto& [heading, schema] : sections_) {
      section(heading, *schema);
    }
    return std::move(out_);
  }

 private:
  /// Finds all sections before the first is written, so that links lead to the first place of a
  /// type.
  void plan(const std::string& heading, const Schema& schema) {
    const auto [entry, is_new] = headings_.emplace(type_key(schema), heading);
    if (!is_new) {
      return;
    }
    sections_.emplace_back(heading, &schema);
    for (const auto& property : schema.properties) {
      if (const auto* fields = fields_of(*property.schema)) {
        plan(heading + "." + std::string(property.name), *fields);
      }
    }
  }

  void section(const std::string& heading, const Schema& schema) {
    out_ += fmt::format("\n## {}\n\n{}\n", heading, schema.description);
    for (const auto message : rules_of(schema)) {
      out_ += fmt::format("\n- {}", message);
    }
    out_ += fmt::format("{}\n| Field | Type | Default | Meaning |\n|---|---|---|---|\n",
                        schema.rules.empty() ? "" : "\n");
    for (const auto& property : schema.properties) {
      row(schema, property);
    }
  }

  void row(const Schema& object, const Property& property) {
    const auto& schema = *property.schema;
    auto type = cell(type_name(schema));
    if (const auto* fields = fields_of(schema)) {
      type = fmt::format("[{}](#{})", type, anchor(headings_.at(type_key(*fields))));
    }
    const bool required = std::find(object.required.begin(), object.required.end(),
                                    property.name) != object.required.end();
    std::string value = required ? "required" : "";
    if (!schema.default_json.empty() && schema.default_json != "{}") {
      value = code(schema.default_json);
    }
    out_ += fmt::format("| `{}` | {} | {} | {} |\n", property.name, type, value, meaning(schema));
  }

  static std::string meaning(const Schema& schema) {
    auto out = cell(schema.description);
    if (!schema.enum_values.empty()) {
      std::vector<std::string> values;
      for (const auto value : schema.enum_values) {
        values.push_back(code(value));
      }
      out += " One of " + join(values, ", ") + ".";
    }
    for (auto limit : limits_of(schema)) {
      limit[0] =
          limit[0] >= 'a' && limit[0] <= 'z' ? static_cast<char>(limit[0] - 'a' + 'A') : limit[0];
      out += " " + cell(limit) + ".";
    }
    if (!schema.example_json.empty()) {
      out += fmt::format(" Example: `{}`.", schema.example_json);
    }
    return out;
  }

  std::string out_;
  std::map<TypeKey, std::string> headings_;
  std::deque<std::pair<std::string, const Schema*>> sections_;
};

}  // namespace

std::string field_reference(const KindSchema& kind) {
  return Reference().run(kind);
}

}  // namespace autocache::spec
