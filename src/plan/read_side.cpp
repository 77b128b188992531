#include "plan/read_side.h"

#include "plan/cache.h"
#include "plan/canonical.h"
#include "plan/codes.h"
#include "plan/complete.h"
#include "plan/json_tools.h"
#include "yaml/reader.h"
#include "yaml/resolve.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace autocache::plan {
namespace {

constexpr std::array<std::string_view, 13> kClusterScoped = {"Namespace",
                                                             "CustomResourceDefinition",
                                                             "ClusterRole",
                                                             "ClusterRoleBinding",
                                                             "PersistentVolume",
                                                             "StorageClass",
                                                             "PriorityClass",
                                                             "IngressClass",
                                                             "Node",
                                                             "APIService",
                                                             "ValidatingWebhookConfiguration",
                                                             "MutatingWebhookConfiguration",
                                                             "RuntimeClass"};

/// Metadata that the API server adds; our own schema does not know it.
constexpr std::array<std::string_view, 7> kServerMetadata = {
    "managedFields",     "uid",      "resourceVersion", "generation",
    "creationTimestamp", "selfLink", "ownerReferences"};

std::string_view scalar(const yaml::Node& node, std::string_view key) {
  const yaml::Node* found = node.find(key);
  return found != nullptr && found->kind == yaml::Kind::kScalar ? std::string_view(found->scalar)
                                                                : std::string_view();
}

yaml::Node* find_member(yaml::Node& node, std::string_view key) {
  for (yaml::Member& member : node.members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

/// The items of a List (`kubectl get -o yaml`) as documents of their own; anything else as it is.
void unwrap(yaml::Document document, std::vector<yaml::Document>& out) {
  yaml::Node* items = find_member(document.root, "items");
  if (!scalar(document.root, "kind").ends_with("List") || items == nullptr ||
      items->kind != yaml::Kind::kSequence) {
    out.push_back(std::move(document));
    return;
  }
  for (yaml::Node& item : items->items)
    out.push_back({document.sources, document.index, std::move(item)});
}

/// A resource of ours as the API server returns it becomes one as a person would write it.
void drop_server_fields(yaml::Document& document) {
  if (!scalar(document.root, "apiVersion").starts_with("cache.autocache.io/")) return;
  yaml::Node* metadata = find_member(document.root, "metadata");
  if (metadata == nullptr) return;
  std::erase_if(metadata->members, [](const yaml::Member& member) {
    return std::find(kServerMetadata.begin(), kServerMetadata.end(), member.key) !=
           kServerMetadata.end();
  });
}

class Reader {
 public:
  Reader(const Request& request, Diagnostics& diagnostics)
      : request_(request), diagnostics_(diagnostics) {}

  /// Documents of ours and others; nothing is rendered yet.
  void read(const Input& input, ReadSide& out) {
    out.side.label = input.label;
    for (const SourcePtr& source : input.sources) {
      yaml::ReadOptions options;
      options.max_bytes = request_.max_bytes;
      // Manifests of a whole cluster in one text: the limit of values follows that of bytes.
      options.max_nodes = std::max(options.max_nodes, request_.max_bytes / 16);
      yaml::ReadResult result = yaml::read(source, options);
      report(result.diagnostics);
      for (yaml::Document& document : result.documents) unwrap(std::move(document), out.documents);
    }
    for (yaml::Document& document : out.documents) drop_server_fields(document);
    spec::LoadResult loaded = spec::load(out.documents, {request_.name_space});
    report(loaded.diagnostics);
    out.resources = std::move(loaded.resources);
    add_objects(loaded.others, out);
    const bool empty = out.side.objects.empty() && out.resources.empty();
    if (empty && !request_.allow_empty && !has_errors(diagnostics_)) {
      diagnostics_.push_back(error_at(kNothingToCompare, start_of(input), "",
                                      input.label + " holds no object",
                                      "an empty side is compared only with --allow-empty"));
    }
  }

  void render(ReadSide& out, render::Hooks hooks) {
    std::set<std::pair<std::string, std::string>> stated;
    for (const Object& object : out.side.objects) {
      if (object.id.kind == "StatefulSet")
        stated.emplace(object.id.name_space, instance_of(object.written));
    }
    render::Options options;
    options.hooks = hooks;
    options.image_registry = request_.image_registry;
    for (const spec::Resource& resource : out.resources) {
      out.side.specs.push_back({std::string(resource.kind->kind), resource.name_space,
                                resource.name, spec_of(resource)});
      // Its manifests stand beside it: they are what is applied.
      if (stated.contains({resource.name_space, resource.name})) continue;
      for (Json& object : render::render(resource, options)) {
        Object made;
        made.id = manifest::id_of(object);
        made.written = std::move(object);
        out.side.objects.push_back(std::move(made));
      }
    }
    check_identities(out.side);
  }

 private:
  /// The objects that are no specs. Each tree goes as soon as it is read: the next object takes its
  /// memory.
  void add_objects(const std::vector<const yaml::Document*>& others, ReadSide& out) {
    auto next = others.begin();
    for (yaml::Document& document : out.documents) {
      if (next == others.end() || *next != &document) continue;
      add_object(document, out.side);
      document.root = {};
      ++next;
    }
  }

  void report(const Diagnostics& more) {
    diagnostics_.insert(diagnostics_.end(), more.begin(), more.end());
  }

  static Json spec_of(const spec::Resource& resource) {
    const Json* found = member(resource.object, "spec");
    return found == nullptr ? Json::object() : *found;
  }

  static Position start_of(const Input& input) {
    if (input.sources.empty()) return {};
    return {input.sources.front().get(), 1, 1};
  }

  bool is_complete(const Json& object, const Position& at) {
    const std::vector<Gap> gaps = gaps_of(object);
    for (const Gap& gap : gaps) {
      diagnostics_.push_back(error_at(kIncompleteObject, at, gap.pointer, gap.message,
                                      "half a document? Each side is complete manifests"));
    }
    return gaps.empty();
  }

  void add_object(const yaml::Document& document, Side& side) {
    if (document.root.kind != yaml::Kind::kMapping) {
      diagnostics_.push_back(
          error_at(kNotAnObject, document.root.at, "", "this is not a Kubernetes object"));
      return;
    }
    Json written = yaml::to_json(document.root);
    if (text_at(written, "apiVersion").starts_with("kustomize.config.k8s.io/")) {
      diagnostics_.push_back(warning_at(kNotForTheCluster, document.root.at, "",
                                        "this is for kustomize: left out",
                                        "compare what `kustomize build` prints"));
      return;
    }
    if (!is_complete(written, document.root.at)) return;
    Object made;
    made.id = manifest::id_of(written);
    const bool scoped = std::find(kClusterScoped.begin(), kClusterScoped.end(), made.id.kind) !=
                        kClusterScoped.end();
    if (made.id.name_space.empty() && !scoped) made.id.name_space = request_.name_space;
    made.live = is_live(written);
    made.written = std::move(written);
    made.at = document.root.at;
    side.objects.push_back(std::move(made));
  }

  void check_identities(const Side& side) {
    std::map<manifest::Id, const Object*> seen;
    for (const Object& object : side.objects) {
      const auto [found, fresh] = seen.emplace(object.id, &object);
      if (fresh) continue;
      const Object* first = found->second;
      const bool here = object.at.source != nullptr;
      std::string other = "a resource of this input renders to it";
      if (first->at.source != nullptr)
        other = first->at.source->name + ":" + std::to_string(first->at.line);
      diagnostics_.push_back(error_at(kDuplicateObject, here ? object.at : first->at, "",
                                      manifest::to_string(object.id) + " is here twice",
                                      "the other one: " + other));
    }
  }

  const Request& request_;
  Diagnostics& diagnostics_;
};

/// The tool for whose hooks `side`'s manifests were rendered. Without its Jobs and accounts only
/// the checksum of the ConfigMap tells that there are hooks at all.
render::Hooks profile_of(const Side& side) {
  auto profile = render::Hooks::kNone;
  for (const Object& object : side.objects) {
    const Json* annotations = at_path(object.written, "metadata/annotations");
    if (annotations == nullptr) continue;
    if (member(*annotations, kHookChecksum) != nullptr) profile = render::Hooks::kArgocd;
    if (!is_of_hook(object.written)) continue;
    if (member(*annotations, "argocd.argoproj.io/hook") != nullptr) return render::Hooks::kArgocd;
    if (member(*annotations, "helm.sh/hook") != nullptr) return render::Hooks::kHelm;
    if (member(*annotations, "kustomize.toolkit.fluxcd.io/force") != nullptr)
      return render::Hooks::kFlux;
  }
  return profile;
}

/// A resource that leaves its namespace open takes the one for which the other side's hook Jobs
/// were rendered: these name it.
void take_namespaces(ReadSide& side, const Side& other) {
  const bool open = std::any_of(side.resources.begin(), side.resources.end(),
                                [](const auto& resource) { return resource.name_space.empty(); });
  if (!open) return;
  std::map<std::string, std::set<std::string>> stated;
  for (const Object& object : other.objects) {
    if (!is_of_hook(object.written)) continue;
    const Json desired = desired_of(object.written);
    if (desired.is_object())
      stated[instance_of(object.written)].emplace(text_at(desired, "namespace"));
  }
  for (spec::Resource& resource : side.resources) {
    const auto found = stated.find(resource.name);
    if (!resource.name_space.empty() || found == stated.end() || found->second.size() != 1)
      continue;
    resource.name_space = *found->second.begin();
  }
}

/// Fills in what is compared. Most objects of most plans are the same on both sides, letter for
/// letter: those need no canonical form.
void settle(Side& before, Side& after) {
  std::map<manifest::Id, Object*> old_objects;
  for (Object& object : before.objects) old_objects.emplace(object.id, &object);
  for (Object& object : after.objects) {
    const auto found = old_objects.find(object.id);
    if (found == old_objects.end() || object.live || found->second->live) continue;
    if (object.written != found->second->written) continue;
    for (Object* one : {&object, found->second}) {
      one->twin = true;
      one->value = std::move(one->written);
      one->written = nullptr;
    }
  }
  for (Side* side : {&before, &after}) {
    for (Object& object : side->objects) {
      if (!object.twin) object.value = canonical(object.written);
    }
  }
}

/// What a tool does with its hooks means nothing to kubectl.
void drop_tool_annotations(Json& object) {
  Json* metadata = member(object, "metadata");
  Json* annotations = metadata == nullptr ? nullptr : member(*metadata, "annotations");
  if (annotations == nullptr || !annotations->is_object()) return;
  std::vector<std::string> of_tools;
  for (const auto& [key, value] : annotations->items()) {
    for (const std::string_view tool : {"argocd.argoproj.io/", "helm.sh/", "kustomize.toolkit."}) {
      if (std::string_view(key).starts_with(tool)) of_tools.push_back(key);
    }
  }
  for (const std::string& key : of_tools) annotations->erase(key);
  if (annotations->empty()) metadata->erase("annotations");
}

}  // namespace

Sides read_sides(const Request& request, Diagnostics& diagnostics) {
  Sides sides;
  Reader reader(request, diagnostics);
  reader.read(request.before, sides.before);
  reader.read(request.after, sides.after);
  if (has_errors(diagnostics)) return sides;
  // Both first: what one side renders says nothing about the other.
  const auto old_hooks = request.hooks.value_or(profile_of(sides.after.side));
  const auto new_hooks = request.hooks.value_or(profile_of(sides.before.side));
  take_namespaces(sides.before, sides.after.side);
  take_namespaces(sides.after, sides.before.side);
  reader.render(sides.before, old_hooks);
  reader.render(sides.after, new_hooks);
  settle(sides.before.side, sides.after.side);
  return sides;
}

std::vector<Json> hook_objects(const ReadSide& side,
                               const std::set<std::string>& name_spaces,
                               const std::string& image_registry) {
  std::vector<Json> objects;
  const auto take = [&](Json object) {
    if (!is_of_hook(object) || text_at(object, "kind") == "CronJob") return;
    drop_tool_annotations(object);
    objects.push_back(std::move(object));
  };
  render::Options options;
  options.hooks = render::Hooks::kArgocd;
  options.image_registry = image_registry;
  for (const spec::Resource& resource : side.resources) {
    if (!name_spaces.contains(resource.name_space)) continue;
    for (Json& object : render::render(resource, options)) take(std::move(object));
  }
  for (const Object& object : side.side.objects) {
    if (!object.live && name_spaces.contains(object.id.name_space))
      take(object.twin ? object.value : object.written);
  }
  return objects;
}

}  // namespace autocache::plan
