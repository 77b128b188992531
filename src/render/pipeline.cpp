#include "base/json.h"
#include "manifest/manifest.h"
#include "render/autocache.h"
#include "render/codes.h"
#include "render/render.h"
#include "spec/crd.h"
#include "spec/load.h"
#include "spec/overlay.h"
#include "yaml/reader.h"
#include "yaml/resolve.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <tuple>
#include <utility>

namespace autocache {
namespace {

void append(Diagnostics& to, Diagnostics from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

std::string_view text_of(const yaml::Node& object, std::string_view key) {
  const yaml::Node* value = object.find(key);
  return value != nullptr && value->kind == yaml::Kind::kScalar ? std::string_view(value->scalar)
                                                                : std::string_view();
}

bool is_known(const yaml::Document& document) {
  return spec::find_kind(text_of(document.root, "apiVersion"), text_of(document.root, "kind")) !=
         nullptr;
}

/// A `kind: List`, as `kubectl get -o yaml` prints several objects, becomes its items.
void add_document(yaml::Document document, std::vector<yaml::Document>& documents) {
  const yaml::Node* items = document.root.find("items");
  if (text_of(document.root, "kind") != "List" || items == nullptr ||
      items->kind != yaml::Kind::kSequence) {
    documents.push_back(std::move(document));
    return;
  }
  for (const yaml::Node& item : items->items)
    documents.push_back({document.sources, document.index, item});
}

/// What was read besides resources.
struct Loaded {
  std::vector<yaml::Document> others;  ///< documents of other kinds
  std::size_t resources = 0;
  std::size_t invalid = 0;
  Diagnostics diagnostics;
};

/// What is laid over each resource: overlays first, then the assignments.
struct Overlays {
  std::vector<yaml::Document> documents;
  std::vector<spec::Assignment> assignments;
};

Overlays read_overlays(const SpecInput& input,
                       const yaml::ReadOptions& options,
                       Diagnostics& diagnostics) {
  Overlays overlays;
  for (const NamedText& values : input.values) {
    yaml::ReadResult read = yaml::read(make_source(values.name, values.text), options);
    append(diagnostics, std::move(read.diagnostics));
    for (std::size_t i = 1; i < read.documents.size(); ++i) {
      diagnostics.push_back(error_at(render::kOverlayDocuments, read.documents[i].root.at, "",
                                     "an overlay holds one document, this is another one",
                                     "give each overlay a file of its own"));
    }
    if (!read.documents.empty()) overlays.documents.push_back(std::move(read.documents.front()));
  }
  const auto add_sets = [&](std::string_view option, const std::vector<std::string>& sets,
                            spec::SetType type) {
    for (const std::string& set : sets) {
      Result<spec::Assignment> parsed = spec::parse_set(option, set, type);
      if (parsed) {
        overlays.assignments.push_back(std::move(*parsed));
      } else {
        append(diagnostics, std::move(parsed.error()));
      }
    }
  };
  add_sets("--set", input.set, spec::SetType::kYaml);
  add_sets("--set-string", input.set_string, spec::SetType::kString);
  return overlays;
}

/// Reads and checks everything, and hands each resource to `use` as soon as it is there, until
/// something is wrong: its document is gone afterwards, so that memory follows the output's size.
Loaded load(const SpecInput& input, const std::function<void(const spec::Resource&)>& use) {
  Loaded loaded;
  yaml::ReadOptions options;
  options.max_bytes = input.max_bytes;
  const Overlays overlays = read_overlays(input, options, loaded.diagnostics);
  Diagnostics assigned;
  bool fine = !has_errors(loaded.diagnostics);
  spec::LoadOptions load_options;
  load_options.name_space = input.name_space;
  spec::Loader loader(std::move(load_options));
  const auto take = [&](yaml::Document& document) {
    if (is_known(document)) {
      for (const yaml::Document& overlay : overlays.documents) spec::merge_patch(document, overlay);
      for (const spec::Assignment& assignment : overlays.assignments)
        append(assigned, spec::apply_set(document, assignment));
      fine = fine && !has_errors(assigned);
    }
    const spec::Loaded result = loader.add(document);
    if (result.resource) {
      ++loaded.resources;
      if (fine) use(*result.resource);
    } else if (result.is_other) {
      loaded.others.push_back(std::move(document));
    } else {
      ++loaded.invalid;
      fine = false;
    }
  };
  for (const NamedText& file : input.files) {
    yaml::ReadResult read = yaml::read(make_source(file.name, file.text), options);
    fine = fine && !has_errors(read.diagnostics);
    append(loaded.diagnostics, std::move(read.diagnostics));
    std::vector<yaml::Document> documents;
    for (yaml::Document& document : read.documents) add_document(std::move(document), documents);
    for (yaml::Document& document : documents) take(document);
  }
  append(loaded.diagnostics, std::move(assigned));
  append(loaded.diagnostics, loader.finish());
  return loaded;
}

void report_others(const Loaded& loaded, Diagnostics& diagnostics) {
  for (const yaml::Document& other : loaded.others) {
    const std::string_view kind = text_of(other.root, "kind");
    diagnostics.push_back(warning_at(
        render::kOtherKind, other.root.at, "",
        kind.empty() ? "not a resource of autocache, left out"
                     : "kind " + std::string(kind) + " is not a resource of autocache, left out"));
  }
}

/// What passes through must be an object, or the tool that applies it fails without naming the
/// file.
void check_others(const Loaded& loaded, Diagnostics& diagnostics) {
  for (const yaml::Document& other : loaded.others) {
    for (const char* key : {"apiVersion", "kind"}) {
      if (!text_of(other.root, key).empty()) continue;
      diagnostics.push_back(error_at(render::kNoObject, other.root.at, "",
                                     std::string("not a Kubernetes object: no ") + key,
                                     "name the files that hold objects, or move this one"));
      break;
    }
  }
}

/// The run of a hook that an object belongs to.
std::string step_of(const Json& object) {
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return {};
  const auto labels = metadata->find("labels");
  if (labels == metadata->end() || !labels->is_object()) return {};
  const auto text = [&](const char* key) {
    const auto found = labels->find(key);
    return found != labels->end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (text("app.kubernetes.io/name") != "autocache-hook") return {};
  std::string component = text("app.kubernetes.io/component");
  return component == "gate" || component == "sync" ? component : std::string();
}

manifest::Format manifest_format(OutputFormat format) {
  switch (format) {
    case OutputFormat::kJson:
      return manifest::Format::kJson;
    case OutputFormat::kNdjson:
      return manifest::Format::kNdjson;
    case OutputFormat::kYaml:
      break;
  }
  return manifest::Format::kYaml;
}

render::Options render_options(const RenderRequest& request) {
  render::Options options;
  switch (request.hooks) {
    case HookProfile::kNone:
      options.hooks = render::Hooks::kNone;
      break;
    case HookProfile::kArgocd:
      options.hooks = render::Hooks::kArgocd;
      break;
    case HookProfile::kFlux:
      options.hooks = render::Hooks::kFlux;
      break;
    case HookProfile::kHelm:
      options.hooks = render::Hooks::kHelm;
      break;
  }
  options.include_resource = request.include_resource;
  options.image_registry = request.image_registry;
  return options;
}

/// Collects the objects as text: an object tree is freed as soon as it is written, so that memory
/// follows the output's size.
class Output {
 public:
  explicit Output(OutputFormat format) : format_(format) {}

  void add(const Json& object) {
    manifest::Id id = manifest::id_of(object);
    Entry entry;
    entry.rank = manifest::kind_rank(id.kind);
    entry.object.step = step_of(object);
    entry.object.text = manifest::write_one(object, manifest_format(format_));
    entry.object.text.shrink_to_fit();
    entry.object.kind = std::move(id.kind);
    entry.object.name_space = std::move(id.name_space);
    entry.object.name = std::move(id.name);
    entries_.push_back(std::move(entry));
  }

  std::vector<RenderedObject> take() {
    std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.rank, a.object.kind, a.object.name_space, a.object.name) <
             std::tie(b.rank, b.object.kind, b.object.name_space, b.object.name);
    });
    std::vector<RenderedObject> objects;
    objects.reserve(entries_.size());
    for (Entry& entry : entries_) objects.push_back(std::move(entry.object));
    return objects;
  }

 private:
  struct Entry {
    int rank = 0;
    RenderedObject object;
  };

  OutputFormat format_;
  std::vector<Entry> entries_;
};

}  // namespace

RenderResult render_specs(const RenderRequest& request) {
  RenderResult result;
  Output output(request.format);
  std::vector<const spec::KindSchema*> used;
  const render::Options options = render_options(request);
  const Loaded loaded = load(request.input, [&](const spec::Resource& resource) {
    for (const Json& object : render::render(resource, options)) output.add(object);
    if (std::find(used.begin(), used.end(), resource.kind) == used.end())
      used.push_back(resource.kind);
  });
  result.diagnostics = loaded.diagnostics;
  const bool pass_through = request.others == OtherDocuments::kPassThrough;
  if (pass_through) {
    check_others(loaded, result.diagnostics);
  } else {
    report_others(loaded, result.diagnostics);
  }
  if (has_errors(result.diagnostics)) return result;

  const bool empty = loaded.resources == 0 && !(pass_through && !loaded.others.empty());
  if (empty && !request.allow_empty) {
    Diagnostic diagnostic;
    diagnostic.code = render::kNothingToRender;
    diagnostic.message = "nothing to render: the input holds no AutoCache resource";
    diagnostic.hint = "an empty output can delete what runs; --allow-empty accepts it";
    result.diagnostics.push_back(std::move(diagnostic));
    return result;
  }
  if (request.include_crds) {
    for (const spec::KindSchema* kind : used) output.add(spec::crd(*kind));
  }
  if (pass_through) {
    for (const yaml::Document& other : loaded.others) output.add(yaml::to_json(other.root));
  }
  result.objects = output.take();
  return result;
}

ValidateResult validate_specs(const SpecInput& input) {
  const Loaded loaded = load(input, [](const spec::Resource&) {});
  ValidateResult result;
  result.diagnostics = loaded.diagnostics;
  report_others(loaded, result.diagnostics);
  result.resources = loaded.resources;
  result.invalid = loaded.invalid;
  return result;
}

std::string to_stream(const std::vector<RenderedObject>& objects, OutputFormat format) {
  std::size_t size = 64;
  for (const RenderedObject& object : objects) size += object.text.size();
  std::string out;
  out.reserve(size);
  if (format != OutputFormat::kJson) {
    for (const RenderedObject& object : objects) out += object.text;
    return out;
  }
  out += "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n  \"items\": [";
  for (std::size_t i = 0; i < objects.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    std::string_view text = objects[i].text;
    text.remove_suffix(1);
    out += "    ";
    for (const char c : text) {  // JSON text holds no line end but between tokens
      out += c;
      if (c == '\n') out += "    ";
    }
  }
  out += objects.empty() ? "]\n}\n" : "\n  ]\n}\n";
  return out;
}

}  // namespace autocache
