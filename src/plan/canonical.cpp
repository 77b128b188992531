#include "plan/canonical.h"

#include "plan/defaults.h"
#include "plan/json_tools.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace autocache::plan {
namespace {

/// Metadata that only the API server writes.
constexpr std::array<std::string_view, 9> kServerMetadata = {
    "managedFields",     "uid",      "resourceVersion",   "generation",
    "creationTimestamp", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds",
    "ownerReferences"};

/// Annotations and labels that controllers and GitOps tools keep for themselves.
constexpr std::array<std::string_view, 10> kForeignAnnotations = {
    "kubectl.kubernetes.io/last-applied-configuration",
    "kubectl.kubernetes.io/restartedAt",
    "deployment.kubernetes.io/revision",
    "argocd.argoproj.io/tracking-id",
    "argocd.argoproj.io/installation-id",
    "pv.kubernetes.io/bind-completed",
    "pv.kubernetes.io/bound-by-controller",
    "volume.kubernetes.io/storage-provisioner",
    "volume.beta.kubernetes.io/storage-provisioner",
    "volume.kubernetes.io/selected-node"};

/// Members whose empty value says something that their absence does not.
constexpr std::array<std::string_view, 5> kMeaningfulEmpty = {
    "emptyDir", "podSelector", "namespaceSelector", "selector", "labelSelector"};

bool keeps_empty(std::string_view key) {
  return std::find(kMeaningfulEmpty.begin(), kMeaningfulEmpty.end(), key) != kMeaningfulEmpty.end();
}

/// Drops null members and empty lists and maps, inside out; list items stay.
void prune(Json& value) {
  if (value.is_array()) {
    for (Json& item : value) prune(item);
    return;
  }
  if (!value.is_object()) return;
  std::vector<std::string> gone;
  for (auto& [key, child] : value.items()) {
    prune(child);
    const bool empty =
        child.is_null() || (child.is_structured() && child.empty() && !keeps_empty(key));
    if (empty) gone.push_back(key);
  }
  for (const std::string& key : gone) value.erase(key);
}

void drop_annotations(Json& holder) {
  Json* annotations = at_path(holder, "metadata/annotations");
  if (annotations == nullptr || !annotations->is_object()) return;
  for (const std::string_view key : kForeignAnnotations) annotations->erase(std::string(key));
}

/// Paths that the API server fills in where a manifest is silent. `*` is every item of a list.
struct ServerChoice {
  std::string_view kind;
  std::string_view path;
};

constexpr std::array<ServerChoice, 12> kServerChoices = {{
    {"Service", "spec/clusterIP"},
    {"Service", "spec/clusterIPs"},
    {"Service", "spec/ipFamilies"},
    {"Service", "spec/ipFamilyPolicy"},
    {"Service", "spec/healthCheckNodePort"},
    {"PersistentVolumeClaim", "spec/volumeName"},
    {"PersistentVolumeClaim", "spec/storageClassName"},
    {"PersistentVolumeClaim", "metadata/finalizers"},
    {"PersistentVolume", "metadata/finalizers"},
    {"ServiceAccount", "secrets"},
    {"Job", "metadata/labels"},
    {"StatefulSet", "spec/updateStrategy/rollingUpdate/maxUnavailable"},
}};

void drop_if_alone(Json& a, Json& b, std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view parent =
      slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  const std::string key(slash == std::string_view::npos ? path : path.substr(slash + 1));
  Json* in_a = at_path(a, parent);
  Json* in_b = at_path(b, parent);
  const bool has_a = in_a != nullptr && member(*in_a, key) != nullptr;
  const bool has_b = in_b != nullptr && member(*in_b, key) != nullptr;
  // None is a choice of the manifest, never of the server.
  if (has_a && !has_b && (*in_a)[key] != "None") in_a->erase(key);
  if (has_b && !has_a && (*in_b)[key] != "None") in_b->erase(key);
}

Json* port_like(Json& ports, const Json& wanted) {
  for (Json& port : ports) {
    const bool same_name = member(wanted, "name") != nullptr && member(port, "name") != nullptr &&
                           *member(wanted, "name") == *member(port, "name");
    const bool same_port = member(wanted, "port") != nullptr && member(port, "port") != nullptr &&
                           *member(wanted, "port") == *member(port, "port");
    if (same_name || same_port) return &port;
  }
  return nullptr;
}

void drop_node_ports(Json& a, Json& b) {
  Json* of_a = at_path(a, "spec/ports");
  Json* of_b = at_path(b, "spec/ports");
  if (of_a == nullptr || of_b == nullptr || !of_a->is_array() || !of_b->is_array()) return;
  for (Json& port : *of_a) {
    if (Json* other = port_like(*of_b, port)) drop_if_alone(port, *other, "nodePort");
  }
}

}  // namespace

bool is_live(const Json& object) {
  const Json* metadata = member(object, "metadata");
  if (metadata == nullptr) return false;
  return member(*metadata, "uid") != nullptr || member(*metadata, "resourceVersion") != nullptr ||
         member(*metadata, "managedFields") != nullptr;
}

Json canonical(const Json& object) {
  Json made = object;
  if (!made.is_object()) return made;
  made.erase("status");
  if (Json* metadata = member(made, "metadata"); metadata != nullptr && metadata->is_object()) {
    for (const std::string_view key : kServerMetadata) metadata->erase(std::string(key));
  }
  drop_annotations(made);
  if (Json* pod_template = at_path(made, "spec/template");
      pod_template != nullptr && pod_template->is_object()) {
    drop_annotations(*pod_template);
    if (Json* metadata = member(*pod_template, "metadata");
        metadata != nullptr && metadata->is_object()) {
      metadata->erase("creationTimestamp");
    }
  }
  const std::string kind(text_at(made, "kind"));
  prune(made);
  default_object(kind, made);
  // Defaults make containers for what they may set (`strategy: {}`), and dropping may empty others.
  prune(made);
  if (kind == "ConfigMap" || kind == "Secret") drop_value(made, "immutable", false);
  return made;
}

void drop_server_choices(Json& old_object, Json& new_object) {
  const std::string_view kind = text_at(old_object, "kind");
  for (const ServerChoice& choice : kServerChoices) {
    if (choice.kind == kind) drop_if_alone(old_object, new_object, choice.path);
  }
  if (kind == "Service") drop_node_ports(old_object, new_object);
}

}  // namespace autocache::plan
