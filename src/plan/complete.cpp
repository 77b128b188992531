#include "plan/complete.h"

#include "plan/cache.h"
#include "plan/json_tools.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace autocache::plan {
namespace {

struct Required {
  std::string_view kind;
  std::string_view path;
};

constexpr std::array<Required, 15> kRequired = {{
    {"StatefulSet", "spec/selector"},
    {"StatefulSet", "spec/template/spec/containers"},
    {"Deployment", "spec/selector"},
    {"Deployment", "spec/template/spec/containers"},
    {"DaemonSet", "spec/selector"},
    {"DaemonSet", "spec/template/spec/containers"},
    {"Job", "spec/template/spec/containers"},
    {"CronJob", "spec/jobTemplate/spec/template/spec/containers"},
    {"PersistentVolumeClaim", "spec/accessModes"},
    {"PersistentVolumeClaim", "spec/resources"},
    {"Service", "spec"},
    {"PodDisruptionBudget", "spec"},
    {"NetworkPolicy", "spec"},
    {"RoleBinding", "roleRef"},
    {"ClusterRoleBinding", "roleRef"},
}};

class Finder {
 public:
  std::vector<Gap> gaps;

  /// `path` of `value`, which lies at `pointer`, must be there.
  void require(const Json& value, const std::string& pointer, std::string_view path) {
    const Json* found = at_path(value, path);
    if (found == nullptr || found->is_null()) missing(pointer + "/" + std::string(path));
  }

  void missing(std::string pointer) {
    gaps.push_back({std::move(pointer), "the object does not have it"});
  }

  /// Each container has what it needs, and each of its mounts a volume.
  void pod(const Json& spec, const std::string& pointer) {
    for_each_container(spec, [&](const Json& container, const std::string& place) {
      require_basics(container, pointer + place);
      const Json& mounts = list_at(container, "volumeMounts");
      for (std::size_t i = 0; i < mounts.size(); ++i) {
        const std::string_view name = text_at(mounts[i], "name");
        if (names(list_at(spec, "volumes"), "name", name)) continue;
        gaps.push_back({pointer + place + "/volumeMounts/" + std::to_string(i),
                        "there is no volume \"" + std::string(name) + "\""});
      }
    });
  }

  /// The API server does not ask a StatefulSet for the volumes of its mounts, but one that has none
  /// of them at all ends before they were written.
  void stateful_set(const Json& object) {
    const Json* spec = at_path(object, "spec/template/spec");
    if (spec == nullptr) return;
    std::size_t mounts = 0;
    std::size_t found = 0;
    for_each_container(*spec, [&](const Json& container, const std::string& place) {
      require_basics(container, "/spec/template/spec" + place);
      for (const Json& mount : list_at(container, "volumeMounts")) {
        const std::string_view name = text_at(mount, "name");
        ++mounts;
        found += names(list_at(*spec, "volumes"), "name", name) ||
                 names(list_at(object, "spec/volumeClaimTemplates"), "metadata/name", name);
      }
    });
    const bool sure = mounts > 1 || !instance_of(object).empty();
    if (found == 0 && mounts > 0 && sure) require(object, "", "spec/template/spec/volumes");
  }

  void service(const Json& object) {
    const Json* spec = member(object, "spec");
    if (spec == nullptr || text_at(*spec, "type") == "ExternalName") return;
    if (text_at(*spec, "clusterIP") != "None") require(object, "", "spec/ports");
    const Json& ports = list_at(*spec, "ports");
    for (std::size_t i = 0; i < ports.size(); ++i)
      require(ports[i], "/spec/ports/" + std::to_string(i), "port");
  }

 private:
  void require_basics(const Json& container, const std::string& pointer) {
    require(container, pointer, "name");
    require(container, pointer, "image");
  }

  static bool names(const Json& list, std::string_view path, std::string_view name) {
    return std::any_of(list.begin(), list.end(),
                       [&](const Json& item) { return text_at(item, path) == name; });
  }

  template <class Visit>
  static void for_each_container(const Json& spec, const Visit& visit) {
    for (const char* list : {"initContainers", "containers"}) {
      const Json& containers = list_at(spec, list);
      for (std::size_t i = 0; i < containers.size(); ++i)
        visit(containers[i], std::string("/") + list + "/" + std::to_string(i));
    }
  }
};

/// Where objects of a kind hold a Pod's spec that the API server checks; empty if nowhere.
std::string_view pod_path(std::string_view kind) {
  if (kind == "Pod") return "spec";
  if (kind == "CronJob") return "spec/jobTemplate/spec/template/spec";
  const bool workload = kind == "Deployment" || kind == "DaemonSet" || kind == "Job";
  return workload ? "spec/template/spec" : "";
}

}  // namespace

std::vector<Gap> gaps_of(const Json& object) {
  Finder finder;
  const std::string_view kind = text_at(object, "kind");
  for (const std::string_view path : {"apiVersion", "kind", "metadata/name"}) {
    if (text_at(object, path).empty()) finder.missing("/" + std::string(path));
  }
  for (const Required& one : kRequired) {
    if (one.kind == kind) finder.require(object, "", one.path);
  }
  if (kind == "Service") finder.service(object);
  const std::string_view path = pod_path(kind);
  const Json* pod = path.empty() ? nullptr : at_path(object, path);
  if (pod != nullptr) finder.pod(*pod, "/" + std::string(path));
  if (kind == "StatefulSet") finder.stateful_set(object);
  return std::move(finder.gaps);
}

}  // namespace autocache::plan
