#include "manifest/manifest.h"

#include <algorithm>
#include <array>

namespace autocache::manifest {

namespace {

// What others depend on first, what runs once last. Append only inside a group: files and diffs of
// users follow this order, so a kind never changes its place relative to another.
constexpr std::array<std::string_view, 37> kOrder = {
    // Scope and policy.
    "Namespace",
    "CustomResourceDefinition",
    "PriorityClass",
    "StorageClass",
    "ResourceQuota",
    "LimitRange",
    "NetworkPolicy",
    "PodDisruptionBudget",
    // Identity.
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    // Data that Pods mount.
    "Secret",
    "ConfigMap",
    "PersistentVolume",
    "PersistentVolumeClaim",
    // Addresses.
    "Service",
    "EndpointSlice",
    "IngressClass",
    "Ingress",
    "HTTPRoute",
    // Monitoring.
    "ServiceMonitor",
    "PodMonitor",
    "PrometheusRule",
    // Extension of the API server.
    "APIService",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    // Workloads.
    "DaemonSet",
    "Pod",
    "ReplicaSet",
    "Deployment",
    "StatefulSet",
    // What runs against the workloads.
    "Job",
    "CronJob",
};

}  // namespace

int kind_rank(std::string_view kind) {
  const auto* found = std::find(kOrder.begin(), kOrder.end(), kind);
  return static_cast<int>(found - kOrder.begin());
}

}  // namespace autocache::manifest
