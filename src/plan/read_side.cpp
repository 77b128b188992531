#include "plan/read_side.h"

#include "plan/cache.h"
#include "plan/canonical.h"
#include "plan/codes.h"
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
      yaml::ReadResult result = yaml::read(source, options);
      report(result.diagnostics);
      for (yaml::Document& document : result.documents) unwrap(std::move(document), out.documents);
    }
    for (yaml::Document& document : out.documents) drop_server_fields(document);
    spec::LoadResult loaded = spec::load(out.documents, {request_.name_space});
    report(loaded.diagnostics);
    out.resources = std::move(loaded.resources);
    for (const yaml::Document* document : loaded.others) add_object(*document, out.side);
    for (const spec::Resource& resource : out.resources) {
      out.side.specs.push_back({std::string(resource.kind->kind), resource.name_space,
                                resource.name, spec_of(resource)});
    }
    const bool empty = out.side.objects.empty() && out.side.specs.empty();
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
        stated.emplace(object.id.name_space, instance_of(object));
    }
    render::Options options;
    options.hooks = hooks;
    for (const spec::Resource& resource : out.resources) {
      // Its manifests stand beside it: they are what is applied.
      if (stated.contains({resource.name_space, resource.name})) continue;
      for (Json& object : render::render(resource, options)) {
        Object made;
        made.id = manifest::id_of(object);
        made.value = canonical(object);
        made.written = std::move(object);
        out.side.objects.push_back(std::move(made));
      }
    }
    check_identities(out.side);
  }

 private:
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

  void add_object(const yaml::Document& document, Side& side) {
    if (document.root.kind != yaml::Kind::kMapping) {
      diagnostics_.push_back(
          error_at(kNotAnObject, document.root.at, "", "this is not a Kubernetes object"));
      return;
    }
    Json written = yaml::to_json(document.root);
    bool complete = true;
    for (const char* path : {"apiVersion", "kind", "metadata/name"}) {
      if (!text_at(written, path).empty()) continue;
      complete = false;
      diagnostics_.push_back(error_at(kIncompleteObject, document.root.at, "/" + std::string(path),
                                      "the object does not have it",
                                      "half a document? Each side is complete manifests"));
    }
    if (!complete) return;
    Object made;
    made.id = manifest::id_of(written);
    const bool scoped = std::find(kClusterScoped.begin(), kClusterScoped.end(), made.id.kind) !=
                        kClusterScoped.end();
    if (made.id.name_space.empty() && !scoped) made.id.name_space = request_.name_space;
    made.live = is_live(written);
    made.value = canonical(written);
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

/// The tool whose hook Jobs are among `side`'s manifests.
render::Hooks profile_of(const Side& side) {
  for (const Object& object : side.objects) {
    const Json* annotations = at_path(object.value, "metadata/annotations");
    if (object.id.kind != "Job" || annotations == nullptr) continue;
    if (member(*annotations, "argocd.argoproj.io/hook") != nullptr) return render::Hooks::kArgocd;
    if (member(*annotations, "helm.sh/hook") != nullptr) return render::Hooks::kHelm;
    if (member(*annotations, "kustomize.toolkit.fluxcd.io/force") != nullptr)
      return render::Hooks::kFlux;
  }
  return render::Hooks::kNone;
}

}  // namespace

Sides read_sides(const Request& request, Diagnostics& diagnostics) {
  Sides sides;
  Reader reader(request, diagnostics);
  reader.read(request.before, sides.before);
  reader.read(request.after, sides.after);
  if (has_errors(diagnostics)) return sides;
  reader.render(sides.before, request.hooks.value_or(profile_of(sides.after.side)));
  reader.render(sides.after, request.hooks.value_or(profile_of(sides.before.side)));
  return sides;
}

std::vector<Json> hook_jobs(const ReadSide& side, const std::vector<Change>& changes) {
  std::set<std::string> touched;
  for (const Change& change : changes) touched.insert(change.object.name_space);
  std::vector<Json> jobs;
  const auto take = [&](const Json& object) {
    const Json* labels = at_path(object, "metadata/labels");
    const Json* name = labels == nullptr ? nullptr : member(*labels, "app.kubernetes.io/name");
    if (text_at(object, "kind") != "Job" || name == nullptr || *name != "autocache-hook") return;
    Json job = object;
    job["metadata"].erase("annotations");
    jobs.push_back(std::move(job));
  };
  render::Options options;
  options.hooks = render::Hooks::kArgocd;
  for (const spec::Resource& resource : side.resources) {
    if (!touched.contains(resource.name_space)) continue;
    for (const Json& object : render::render(resource, options)) take(object);
  }
  for (const Object& object : side.side.objects) take(object.written);
  return jobs;
}

}  // namespace autocache::plan
