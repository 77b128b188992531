#include "cli/argocd_parameters.h"

#include "base/json.h"
#include "base/text.h"
#include "cli/codes.h"
#include "spec/schema.h"

#include <algorithm>
#include <array>
#include <optional>

namespace autocache::cli {
namespace {

constexpr std::string_view kSource = "ARGOCD_APP_PARAMETERS";

Diagnostic bad(std::string message, std::string hint = {}) {
  Diagnostic diagnostic;
  diagnostic.code = kBadParameter;
  diagnostic.at.file = kSource;
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  return diagnostic;
}

/// The schema of one step below `schema`: a property, or the value type of a map.
const spec::Schema* step(const spec::Schema& schema, std::string_view name) {
  if (const spec::Property* property = schema.find(name)) return property->schema;
  return schema.additional;
}

/// The schema at a path like `spec.tolerations[0].key`; null if there is no such field.
const spec::Schema* find_field(const spec::Schema& root, std::string_view path) {
  const spec::Schema* schema = &root;
  for (std::string_view part : split(path, '.')) {
    const std::size_t bracket = part.find('[');
    schema = step(*schema, part.substr(0, bracket));
    if (bracket != std::string_view::npos) {
      for (const char c : part.substr(bracket)) {
        if (c == '[' && schema != nullptr) schema = schema->items;
      }
    }
    if (schema == nullptr) return nullptr;
  }
  return schema;
}

const spec::Schema* find_field(std::string_view path) {
  for (const spec::KindSchema& kind : spec::kinds()) {
    if (const spec::Schema* schema = find_field(*kind.root, path)) return schema;
  }
  return nullptr;
}

/// A map below the field may have keys with dots, which no lookup can follow.
bool is_below_map(std::string_view path) {
  for (std::size_t end = path.rfind('.'); end != std::string_view::npos && end != 0;
       end = path.rfind('.', end - 1)) {
    const spec::Schema* schema = find_field(path.substr(0, end));
    if (schema != nullptr) return schema->additional != nullptr;
  }
  return false;
}

class Parameters {
 public:
  void add(const Json& parameter) {
    const std::string name = parameter.is_object() ? parameter.value("name", "") : "";
    if (name.empty()) {
      diagnostics.push_back(bad("a parameter has no name"));
    } else if (name == "files") {
      strings(name, parameter, result.files);
    } else if (name == "values") {
      strings(name, parameter, result.values);
    } else if (name == "set") {
      map(name, parameter);
    } else if (name == "include-resource") {
      boolean(name, parameter, result.include_resource);
    } else if (name == "include-crds") {
      boolean(name, parameter, result.include_crds);
    } else if (name.starts_with("spec.") || name.starts_with("metadata.")) {
      if (const auto text = single(name, parameter)) field(name, *text);
    } else {
      unknown(name);
    }
  }

  PluginParameters result;
  Diagnostics diagnostics;

 private:
  void unknown(const std::string& name) {
    constexpr std::array<std::string_view, 5> kNames = {"files", "values", "set",
                                                        "include-resource", "include-crds"};
    const auto near = closest(name, kNames);
    diagnostics.push_back(
        bad("unknown parameter " + name,
            near ? "did you mean \"" + std::string(*near) + "\"?"
                 : "the parameters are files, values, set, include-resource, include-crds, and "
                   "field paths such as spec.replicas"));
  }

  std::optional<std::string> single(const std::string& name, const Json& parameter) {
    const auto value = parameter.find("string");
    if (value == parameter.end() || !value->is_string()) {
      diagnostics.push_back(bad("parameter " + name + " must be a string"));
      return std::nullopt;
    }
    return value->get<std::string>();
  }

  void strings(const std::string& name, const Json& parameter, std::vector<std::string>& into) {
    const auto value = parameter.find("array");
    if (value == parameter.end() || !value->is_array()) {
      diagnostics.push_back(bad("parameter " + name + " must be an array"));
      return;
    }
    for (const Json& item : *value) {
      if (!item.is_string()) {
        diagnostics.push_back(bad("parameter " + name + " must hold strings"));
        return;
      }
      into.push_back(item.get<std::string>());
    }
  }

  void map(const std::string& name, const Json& parameter) {
    const auto value = parameter.find("map");
    if (value == parameter.end() || !value->is_object()) {
      diagnostics.push_back(bad("parameter " + name + " must be a map"));
      return;
    }
    for (const auto& [path, text] : value->items()) {
      if (!text.is_string()) {
        diagnostics.push_back(bad("parameter " + name + " must hold strings"));
        return;
      }
      field(path, text.get<std::string>());
    }
  }

  void boolean(const std::string& name, const Json& parameter, bool& into) {
    const auto text = single(name, parameter);
    if (!text) return;
    if (*text != "true" && *text != "false") {
      diagnostics.push_back(bad("parameter " + name + " must be true or false, not " + *text));
      return;
    }
    into = *text == "true";
  }

  /// Argo CD sends text only, so the schema decides what the text stands for.
  void field(const std::string& path, const std::string& text) {
    const spec::Schema* schema = find_field(path);
    if (schema == nullptr && !is_below_map(path)) {
      diagnostics.push_back(bad("no field " + path, "see autocache explain spec"));
      return;
    }
    const bool is_number = text.find_first_not_of("0123456789") == std::string::npos;
    const bool is_text = schema == nullptr || schema->type == spec::Type::kString ||
                         (schema->type == spec::Type::kIntOrString && !is_number);
    (is_text ? result.set_string : result.set).push_back(path + "=" + text);
  }
};

std::string_view item_type(spec::Type type) {
  switch (type) {
    case spec::Type::kBoolean:
      return "boolean";
    case spec::Type::kInteger:
    case spec::Type::kNumber:
      return "number";
    default:
      return "string";
  }
}

/// The text that the parameter would have to be for `value`; nothing for null and collections.
std::optional<std::string> text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_primitive() && !value.is_null()) return value.dump();
  return std::nullopt;
}

Json announcement(std::string_view name, std::string_view title, std::string_view tooltip) {
  Json result = Json::object();
  result["name"] = name;
  result["title"] = title;
  result["tooltip"] = tooltip;
  return result;
}

/// One entry for each single-valued field below `schema`. Lists, maps and what is in them have no
/// path that a form could offer.
void announce_fields(const spec::Schema& schema,
                     const std::string& path,
                     const Json* value,
                     Json& into) {
  for (const spec::Property& property : schema.properties) {
    const spec::Schema& field = *property.schema;
    const std::string name = path + "." + std::string(property.name);
    const Json* now = nullptr;
    if (value != nullptr && value->is_object()) {
      const auto found = value->find(std::string(property.name));
      if (found != value->end()) now = &*found;
    }
    if (field.type == spec::Type::kObject) {
      announce_fields(field, name, now, into);
      continue;
    }
    if (field.type == spec::Type::kArray) continue;
    Json entry = announcement(name, name, field.description);
    entry["itemType"] = item_type(field.type);
    std::optional<std::string> text;
    if (now != nullptr) {
      text = text_of(*now);
    } else if (!field.default_json.empty()) {
      text = text_of(Json::parse(field.default_json));
    }
    if (text) entry["string"] = *text;
    into.push_back(std::move(entry));
  }
}

}  // namespace

Result<PluginParameters> parse_parameters(std::string_view json) {
  if (trim(json).empty()) return PluginParameters{};
  const Json list = Json::parse(json, nullptr, false);
  if (list.is_null()) return PluginParameters{};
  if (!list.is_array()) return failure(bad("is not a JSON array"));
  Parameters parameters;
  for (const Json& parameter : list) parameters.add(parameter);
  if (!parameters.diagnostics.empty()) return tl::unexpected<Diagnostics>(parameters.diagnostics);
  return parameters.result;
}

Json announcements(const Json* resource) {
  Json list = Json::array();
  Json files = announcement("files", "Files",
                            "Spec files, folders or globs to read, relative to the application's "
                            "folder. Without any, every *.yaml, *.yml and *.json file in it.");
  files["collectionType"] = "array";
  files["array"] = Json::array();
  list.push_back(std::move(files));

  Json values = announcement("values", "Overlay files",
                             "Files that are merged into every resource in order (JSON merge "
                             "patch), relative to the application's folder.");
  values["collectionType"] = "array";
  values["array"] = Json::array();
  list.push_back(std::move(values));

  Json set =
      announcement("set", "Fields", "Overrides of single fields by path, such as spec.replicas.");
  set["collectionType"] = "map";
  set["map"] = Json::object();
  list.push_back(std::move(set));

  const auto flag = [&](std::string_view name, std::string_view title, std::string_view tooltip) {
    Json entry = announcement(name, title, tooltip);
    entry["itemType"] = "boolean";
    entry["string"] = "false";
    list.push_back(std::move(entry));
  };
  flag("include-resource", "Include the resource",
       "Also apply the AutoCache resource itself; its CustomResourceDefinition must be there.");
  flag("include-crds", "Include the CRD", "Also apply the CustomResourceDefinition.");

  for (const spec::KindSchema& kind : spec::kinds()) {
    const spec::Property* spec = kind.root->find("spec");
    if (spec == nullptr) continue;
    const bool same = resource != nullptr && resource->value("kind", "") == kind.kind;
    const Json* value = same && resource->contains("spec") ? &(*resource)["spec"] : nullptr;
    announce_fields(*spec->schema, "spec", value, list);
  }
  return list;
}

}  // namespace autocache::cli
