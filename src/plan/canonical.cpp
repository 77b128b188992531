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
constexpr std::array<std::string_view, 9> kForeignAnnotations = {
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "argocd.argoproj.io/tracking-id",
    "argocd.argoproj.io/installation-id",
    "pv.kubernetes.io/bind-completed",
    "pv.kubernetes.io/bound-by-controller",
    "volume.kubernetes.io/storage-provisioner",
    "volume.beta.kubernetes.io/storage-provisioner",
    "volume.kubernetes.io/selected-node"};

/// Members whose empty value says something that their absence does not: empty selectors select
/// all, and what the API types hold by pointer is stored empty, so a Pod template differs by it.
constexpr std::array<std::string_view, 13> kMeaningfulEmpty = {
    "emptyDir",  "podSelector",  "namespaceSelector", "selector",        "labelSelector",
    "affinity",  "nodeAffinity", "podAffinity",       "podAntiAffinity", "securityContext",
    "lifecycle", "capabilities", "dnsConfig"};

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

void drop_if_alone(Json& live, const Json& other, std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view parent =
      slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  const std::string key(slash == std::string_view::npos ? path : path.substr(slash + 1));
  Json* holder = at_path(live, parent);
  const Json* counterpart = at_path(other, parent);
  const Json* value = holder == nullptr ? nullptr : member(*holder, key);
  const bool alone =
      value != nullptr && (counterpart == nullptr || member(*counterpart, key) == nullptr);
  // None is a choice of the manifest, never of the server.
  if (alone && *value != "None") holder->erase(key);
}

const Json* port_like(const Json& ports, const Json& wanted) {
  for (const Json& port : ports) {
    for (const char* key : {"name", "port"}) {
      const Json* a = member(wanted, key);
      const Json* b = member(port, key);
      if (a != nullptr && b != nullptr && *a == *b) return &port;
    }
  }
  return nullptr;
}

void drop_node_ports(Json& live, const Json& other) {
  Json* ports = at_path(live, "spec/ports");
  const Json* others = at_path(other, "spec/ports");
  if (ports == nullptr || others == nullptr || !ports->is_array() || !others->is_array()) return;
  for (Json& port : *ports) {
    if (const Json* same_port = port_like(*others, port))
      drop_if_alone(port, *same_port, "nodePort");
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
  if (Json* metadata = at_path(made, "spec/template/metadata");
      metadata != nullptr && metadata->is_object()) {
    metadata->erase("creationTimestamp");
  }
  const std::string kind(text_at(made, "kind"));
  prune(made);
  default_object(kind, made);
  // Defaults make containers for what they may set (`strategy: {}`), and dropping may empty others.
  prune(made);
  if (kind == "ConfigMap" || kind == "Secret") drop_value(made, "immutable", false);
  return made;
}

void drop_server_choices(Json& live, const Json& other) {
  const std::string kind(text_at(live, "kind"));
  for (const ServerChoice& choice : kServerChoices) {
    if (choice.kind == kind) drop_if_alone(live, other, choice.path);
  }
  if (kind == "Service") drop_node_ports(live, other);
}

}  // namespace autocache::plan
