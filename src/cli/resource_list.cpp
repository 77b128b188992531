#include "cli/resource_list.h"

#include "base/text.h"
#include "cli/codes.h"
#include "manifest/manifest.h"
#include "spec/load.h"
#include "yaml/reader.h"
#include "yaml/resolve.h"
#include "yaml/writer.h"

#include <algorithm>
#include <array>
#include <optional>

namespace autocache::cli {
namespace {

constexpr std::string_view kLocalConfig = "config.kubernetes.io/local-config";
constexpr std::array<std::string_view, 6> kPlaceAnnotations = {
    "internal.config.kubernetes.io/path", "internal.config.kubernetes.io/index",
    "internal.config.kubernetes.io/id",   "config.kubernetes.io/path",
    "config.kubernetes.io/index",         "config.k8s.io/id"};

std::string_view text_of(const yaml::Node& node, std::string_view key) {
  const yaml::Node* value = node.find(key);
  return value != nullptr && value->kind == yaml::Kind::kScalar ? std::string_view(value->scalar)
                                                                : std::string_view();
}

bool is_ours(const yaml::Node& node) {
  return spec::find_kind(text_of(node, "apiVersion"), text_of(node, "kind")) != nullptr;
}

std::string_view annotation(const yaml::Node& item, std::string_view key) {
  const yaml::Node* metadata = item.find("metadata");
  const yaml::Node* annotations = metadata != nullptr ? metadata->find("annotations") : nullptr;
  return annotations != nullptr ? text_of(*annotations, key) : std::string_view();
}

void annotate(Json& object, std::string_view key, std::string_view value) {
  Json& annotations = object["metadata"]["annotations"];
  if (!annotations.is_object()) annotations = Json::object();
  annotations[std::string(key)] = value;
}

/// The options that a ConfigMap gives.
struct Config {
  render::Options options;
  std::string name_space;
};

void read_option(const yaml::Member& member, Config& config, Diagnostics& diagnostics) {
  const std::string& key = member.key;
  const std::string& value = member.value.scalar;
  const auto bad = [&](std::string message, std::string hint) {
    diagnostics.push_back(error_at(kBadParameter, member.key_at, "/functionConfig/data/" + key,
                                   std::move(message), std::move(hint)));
  };
  if (key == "hooks") {
    if (value == "none") {
      config.options.hooks = render::Hooks::kNone;
    } else if (value == "argocd") {
      config.options.hooks = render::Hooks::kArgocd;
    } else if (value == "flux") {
      config.options.hooks = render::Hooks::kFlux;
    } else if (value == "helm") {
      config.options.hooks = render::Hooks::kHelm;
    } else {
      bad("hooks must be none, argocd, flux or helm, not " + value, "");
    }
  } else if (key == "includeResource") {
    if (value != "true" && value != "false") bad("must be true or false, not " + value, "");
    config.options.include_resource = value == "true";
  } else if (key == "imageRegistry") {
    config.options.image_registry = value;
  } else if (key == "namespace") {
    config.name_space = value;
  } else {
    bad("unknown option " + key,
        "the options are hooks, includeResource, imageRegistry, namespace");
  }
}

Config read_config(const yaml::Node* function_config,
                   const render::Options& defaults,
                   Diagnostics& diagnostics) {
  Config config{defaults, {}};
  if (function_config == nullptr || is_ours(*function_config)) return config;
  const yaml::Node* data = function_config->find("data");
  if (data == nullptr) return config;
  for (const yaml::Member& member : data->members) read_option(member, config, diagnostics);
  return config;
}

/// One run over a list whose nodes outlive it.
class Function {
 public:
  Function(const yaml::Document& list, const render::Options& options)
      : list_(list), function_config_(list.root.find("functionConfig")) {
    if (const yaml::Node* items = list.root.find("items")) {
      for (const yaml::Node& item : items->items) items_.push_back(&item);
    }
    config_ = read_config(function_config_, options, diagnostics_);
  }

  FunctionResult run() {
    collect();
    spec::LoadOptions load_options;
    load_options.name_space = config_.name_space;
    const spec::LoadResult loaded = spec::load(documents_, load_options);
    diagnostics_.insert(diagnostics_.end(), loaded.diagnostics.begin(), loaded.diagnostics.end());
    std::vector<Json> rendered;
    if (!has_errors(diagnostics_)) {
      for (const spec::Resource& resource : loaded.resources) {
        for (Json& object : render::render(resource, config_.options))
          rendered.push_back(std::move(object));
      }
      manifest::sort(rendered);
    }
    Json output = Json::object();
    output["apiVersion"] = text_of(list_.root, "apiVersion");
    output["kind"] = "ResourceList";
    output["items"] = merge(std::move(rendered));
    if (function_config_ != nullptr) output["functionConfig"] = yaml::to_json(*function_config_);
    if (!diagnostics_.empty()) output["results"] = results();
    FunctionResult result;
    yaml::write(output, result.output);
    result.diagnostics = std::move(diagnostics_);
    return result;
  }

 private:
  void add_document(const yaml::Node& node) {
    yaml::Document document;
    document.sources = list_.sources;
    document.index = static_cast<int>(documents_.size());
    document.root = node;
    // What the pipeline writes into our resource is not part of the spec.
    documents_.push_back(std::move(document));
  }

  /// kustomize feeds a generator its own functionConfig as an item too.
  void collect() {
    bool is_item = false;
    for (const yaml::Node* item : items_) {
      if (!is_ours(*item)) continue;
      add_document(*item);
      is_item = is_item || (function_config_ != nullptr && same_object(*item, *function_config_));
    }
    if (function_config_ != nullptr && is_ours(*function_config_) && !is_item)
      add_document(*function_config_);
  }

  static bool same_object(const yaml::Node& a, const yaml::Node& b) {
    return manifest::id_of(yaml::to_json(a)) == manifest::id_of(yaml::to_json(b));
  }

  Json merge(std::vector<Json> rendered) {
    Json items = Json::array();
    for (const yaml::Node* node : items_) {
      Json item = yaml::to_json(*node);
      if (is_ours(*node)) {
        if (!has_errors(diagnostics_) && !config_.options.include_resource)
          annotate(item, kLocalConfig, "true");
        // With include_resource the rendered one, which is the same without annotations of tools.
        if (has_errors(diagnostics_) || !config_.options.include_resource)
          items.push_back(std::move(item));
        continue;
      }
      const manifest::Id id = manifest::id_of(item);
      const auto same = std::find_if(rendered.begin(), rendered.end(), [&](const Json& object) {
        return manifest::id_of(object) == id;
      });
      if (same == rendered.end()) {
        items.push_back(std::move(item));
        continue;
      }
      for (const std::string_view key : kPlaceAnnotations) {
        const std::string_view value = annotation(*node, key);
        if (!value.empty()) annotate(*same, key, value);
      }
      items.push_back(std::move(*same));
      rendered.erase(same);
    }
    for (Json& object : rendered) items.push_back(std::move(object));
    return items;
  }

  /// The item in whose text a diagnostic lies.
  [[nodiscard]] const yaml::Node* item_at(const SourceLocation& at) const {
    const yaml::Node* found = nullptr;
    for (const yaml::Node* item : items_) {
      const bool before =
          item->at.line < at.line || (item->at.line == at.line && item->at.column <= at.column);
      if (before && (found == nullptr || found->at.line <= item->at.line)) found = item;
    }
    return found;
  }

  [[nodiscard]] Json results() const {
    Json list = Json::array();
    for (const Diagnostic& diagnostic : diagnostics_) {
      Json result = Json::object();
      result["message"] = diagnostic.hint.empty() ? diagnostic.message
                                                  : diagnostic.message + "; " + diagnostic.hint;
      result["severity"] = to_string(diagnostic.severity);
      if (const yaml::Node* item = item_at(diagnostic.at)) {
        const manifest::Id id = manifest::id_of(yaml::to_json(*item));
        Json& reference = result["resourceRef"];
        reference["apiVersion"] = text_of(*item, "apiVersion");
        reference["kind"] = id.kind;
        reference["name"] = id.name;
        if (!id.name_space.empty()) reference["namespace"] = id.name_space;
        add_file(*item, result);
      }
      if (!diagnostic.path.empty()) result["field"]["path"] = field_path(diagnostic.path);
      result["tags"]["code"] = diagnostic.code;
      list.push_back(std::move(result));
    }
    return list;
  }

  static void add_file(const yaml::Node& item, Json& result) {
    for (const std::string prefix : {"internal.config.kubernetes.io/", "config.kubernetes.io/"}) {
      const std::string_view path = annotation(item, prefix + "path");
      if (path.empty()) continue;
      result["file"]["path"] = path;
      const std::string_view index = annotation(item, prefix + "index");
      if (!index.empty() && index.size() < 10 &&
          index.find_first_not_of("0123456789") == std::string_view::npos) {
        result["file"]["index"] = std::stoi(std::string(index));
      }
      return;
    }
  }

  /// "/spec/env/0/name" as "spec.env[0].name".
  static std::string field_path(std::string_view pointer) {
    std::string path;
    for (const std::string_view part : split(pointer.substr(1), '/')) {
      if (!part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos) {
        path += "[" + std::string(part) + "]";
      } else {
        path += (path.empty() ? "" : ".") + std::string(part);
      }
    }
    return path;
  }

  const yaml::Document& list_;
  const yaml::Node* function_config_;
  std::vector<const yaml::Node*> items_;
  std::vector<yaml::Document> documents_;
  Config config_;
  Diagnostics diagnostics_;
};

}  // namespace

FunctionResult run_function(std::string_view input, const render::Options& options) {
  FunctionResult result;
  yaml::ReadResult read = yaml::read(make_source("<stdin>", std::string(input)));
  if (has_errors(read.diagnostics)) {
    result.diagnostics = std::move(read.diagnostics);
    return result;
  }
  if (read.documents.size() != 1 ||
      text_of(read.documents.front().root, "kind") != "ResourceList") {
    Diagnostic diagnostic;
    diagnostic.code = kBadParameter;
    diagnostic.at.file = "<stdin>";
    diagnostic.message = "the input is not a ResourceList";
    diagnostic.hint =
        "autocache fn is called by kustomize or kpt; to render specs use autocache render";
    result.diagnostics.push_back(std::move(diagnostic));
    return result;
  }
  return Function(read.documents.front(), options).run();
}

}  // namespace autocache::cli
