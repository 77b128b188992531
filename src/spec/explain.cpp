#include "spec/explain.h"

#include "base/json.h"
#include "base/text.h"
#include "spec/codes.h"
#include "spec/schema_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace autocache::spec {
namespace {

constexpr std::size_t kWidth = 80;

/// `text` in lines of at most kWidth characters, each behind `indent` blanks.
std::string wrap(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = 0;
  for (const auto word : split(text, ' ')) {
    if (column > 0 && column + 1 + word.size() > kWidth) {
      out += '\n';
      column = 0;
    }
    if (column == 0) {
      out.append(indent, ' ');
      column = indent;
    } else {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out + "\n";
}

std::string json_text(std::string_view json) {
  const auto value = Json::parse(json);
  return value.is_string() ? value.get<std::string>() : std::string(json);
}

bool is_required(const Schema& schema, std::string_view name) {
  return std::find(schema.required.begin(), schema.required.end(), name) != schema.required.end();
}

std::string enum_text(const Schema& schema) {
  std::vector<std::string> words(schema.enum_values.begin(), schema.enum_values.end());
  std::replace(words.begin(), words.end(), std::string(), std::string("\"\""));
  return join(words, ", ");
}

bool names_kind(const KindSchema& kind, std::string_view word) {
  const auto lower = to_lower(word);
  return lower == to_lower(kind.kind) || lower == kind.plural || lower == kind.singular ||
         std::find(kind.short_names.begin(), kind.short_names.end(), lower) !=
             kind.short_names.end();
}

/// "spec.sidecars[0].ports" or "/spec/sidecars/0/ports" to names of fields.
std::vector<std::string_view> parts_of(std::string_view path) {
  const bool pointer = path.starts_with('/');
  std::vector<std::string_view> out;
  for (auto part : split(path, pointer ? '/' : '.')) {
    part = part.substr(0, part.find('['));
    const bool position =
        !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    if (!part.empty() && !position) {
      out.push_back(part);
    }
  }
  return out;
}

struct Place {
  const KindSchema* kind = nullptr;
  const Schema* schema = nullptr;
  std::string path;
};

Diagnostics not_found(std::string_view path, const Place& place, std::string_view part) {
  std::vector<std::string_view> names;
  if (const auto* fields = fields_of(*place.schema)) {
    for (const auto& property : fields->properties) {
      names.push_back(property.name);
    }
  }
  const auto prefix = place.path.empty() ? std::string() : place.path + ".";
  std::string hint;
  const auto* spec = place.path.empty() ? place.schema->find("spec") : nullptr;
  if (const auto near = closest(part, names)) {
    hint = fmt::format("did you mean \"{}{}\"?", prefix, *near);
  } else if (spec != nullptr && spec->schema->find(part) != nullptr) {
    hint = fmt::format("did you mean \"spec.{}\"?", path);
  }
  auto problem = place.path.empty() ? fmt::format("unknown field \"{}\"", part)
                                    : fmt::format("{} has no field \"{}\"", place.path, part);
  return {error_at(code::kUnknownField, {}, "", std::move(problem), std::move(hint))};
}

Result<Place> find(std::string_view path) {
  auto parts = parts_of(path);
  Place out;
  out.kind = kinds().data();
  for (const auto& kind : kinds()) {
    if (!parts.empty() && names_kind(kind, parts.front())) {
      out.kind = &kind;
      parts.erase(parts.begin());
      break;
    }
  }
  out.schema = out.kind->root;
  for (const auto part : parts) {
    const auto* fields = fields_of(*out.schema);
    const auto* property = fields == nullptr ? nullptr : fields->find(part);
    if (property == nullptr) {
      return tl::unexpected(not_found(path, out, part));
    }
    out.path += out.path.empty() ? "" : ".";
    out.path += part;
    out.schema = property->schema;
  }
  return out;
}

void list_fields(const Schema& object, std::string& out) {
  out += "FIELDS:\n";
  for (const auto& property : object.properties) {
    const auto& schema = *property.schema;
    out += fmt::format("  {}\t<{}>{}\n", property.name, type_name(schema),
                       is_required(object, property.name) ? " -required-" : "");
    if (!schema.enum_values.empty()) {
      out += wrap("enum: " + enum_text(schema), 2);
    }
    if (!schema.default_json.empty() && schema.default_json != "{}") {
      out += fmt::format("  default: {}\n", json_text(schema.default_json));
    }
    out += wrap(schema.description, 4) + "\n";
  }
}

void list_names(const Schema& object, std::size_t indent, std::string& out) {
  for (const auto& property : object.properties) {
    out.append(indent, ' ');
    out += fmt::format("{}\t<{}>{}\n", property.name, type_name(*property.schema),
                       is_required(object, property.name) ? " -required-" : "");
    if (const auto* fields = fields_of(*property.schema)) {
      list_names(*fields, indent + 2, out);
    }
  }
}

void describe(const Schema& schema, std::string& out) {
  out += "DESCRIPTION:\n" + wrap(schema.description, 4) + "\n";
  if (!schema.default_json.empty() && schema.default_json != "{}") {
    out += fmt::format("DEFAULT:\n    {}\n\n", json_text(schema.default_json));
  }
  auto limits = limits_of(schema);
  if (!schema.pattern.empty()) {
    limits.push_back(fmt::format("matches {}", schema.pattern));
  }
  if (!limits.empty()) {
    out += "LIMITS:\n";
    for (const auto& limit : limits) {
      out += wrap(limit, 4);
    }
    out += "\n";
  }
  std::string rules;
  for (const auto message : rules_of(schema)) {
    rules += wrap(message, 4);
  }
  if (!rules.empty()) {
    out += "RULES:\n" + rules + "\n";
  }
  if (!schema.example_json.empty()) {
    out += fmt::format("EXAMPLE:\n    {}\n\n", json_text(schema.example_json));
  }
}

}  // namespace

Result<std::string> explain(std::string_view path, const ExplainOptions& options) {
  auto place = find(path);
  if (!place) {
    return tl::unexpected(std::move(place.error()));
  }
  const auto& schema = *place->schema;
  std::string out = fmt::format("GROUP:      {}\nKIND:       {}\nVERSION:    {}\n\n",
                                place->kind->group, place->kind->kind, place->kind->version);
  if (!place->path.empty()) {
    const auto name = std::string_view(place->path).substr(place->path.rfind('.') + 1);
    out += fmt::format("FIELD: {} <{}>\n", name, type_name(schema));
    if (!schema.enum_values.empty()) {
      out += "ENUM:\n";
      for (const auto value : schema.enum_values) {
        out += fmt::format("    {}\n", value.empty() ? "\"\"" : value);
      }
    }
    out += "\n";
  }
  describe(schema, out);
  if (const auto* fields = fields_of(schema)) {
    if (options.depth == ExplainOptions::Depth::kRecursive) {
      out += "FIELDS:\n";
      list_names(*fields, 2, out);
    } else {
      list_fields(*fields, out);
    }
  }
  while (out.ends_with("\n\n")) {
    out.pop_back();
  }
  return out;
}

}  // namespace autocache::spec
