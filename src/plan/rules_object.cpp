#include "plan/conditions.h"
#include "plan/json_tools.h"
#include "plan/rules.h"

#include <array>

namespace autocache::plan {
namespace {

/// Argo CD, Flux and Helm leave it alone when it is gone from the manifests.
bool removed_but_kept(const Match& m) {
  if (!removed(m)) return false;
  const bool argo =
      annotation(m.old_object, "argocd.argoproj.io/sync-options").find("Prune=false") !=
      std::string::npos;
  return argo || annotation(m.old_object, "kustomize.toolkit.fluxcd.io/prune") == "disabled" ||
         annotation(m.old_object, "helm.sh/resource-policy") == "keep";
}

bool was_unset(const Match& m) {
  return added(m);
}

bool was_immutable(const Match& m) {
  const Json* flag = m.old_object == nullptr ? nullptr : member(*m.old_object, "immutable");
  return flag != nullptr && *flag == true;
}

bool has_type(const Json* service, std::string_view type) {
  return service != nullptr && text_at(*service, "spec/type") == type;
}

bool from_or_to_external_name(const Match& m) {
  return has_type(m.old_object, "ExternalName") || has_type(m.new_object, "ExternalName");
}

bool stays_load_balancer(const Match& m) {
  return has_type(m.old_object, "LoadBalancer") && has_type(m.new_object, "LoadBalancer");
}

bool replaced(const Match& m) {
  return m.op == Op::kReplace;
}

bool is_security_label(const Match& m) {
  return m.path.size() == 3 && m.path[2].starts_with("pod-security.kubernetes.io/");
}

/// The one annotation that stands for the hook's Jobs.
bool only_hook_checksum(const Match& m) {
  if (m.path.size() == 3) return m.path[2] == kHookChecksum;
  const Json* value = m.after != nullptr ? m.after : m.before;
  return value != nullptr && value->size() == 1 && member(*value, kHookChecksum) != nullptr;
}

constexpr std::string_view kClaimUpdate =
    "kubernetes pkg/apis/core/validation/validation.go ValidatePersistentVolumeClaimUpdate";
constexpr std::string_view kServiceUpdate =
    "kubernetes pkg/apis/core/validation/validation.go ValidateServiceUpdate";
constexpr std::string_view kImmutable =
    "KEP-1412; kubernetes validation.go ValidateConfigMapUpdate, ValidateSecretUpdate";
constexpr std::string_view kNewClaim =
    "drain the node, delete the claim and its Pod, apply: the node comes back empty and slots move "
    "onto it";

// clang-format off
constexpr Rule kRules[] = {
    {"pvc.removed-kept", "PersistentVolumeClaim", "", removed_but_kept, Impact::kInPlace, "the claim is no longer managed, but stays with its data", "", "argo-cd docs/user-guide/sync-options: Prune=false"},
    {"pvc.removed", "PersistentVolumeClaim", "", removed, Impact::kDataLoss, "the claim is deleted; with the reclaim policy Delete its data too", "make a backup first",
     "kubernetes.io/docs/concepts/storage/persistent-volumes: reclaiming"},
    {"pvc.grow", "PersistentVolumeClaim", "spec/resources/requests/storage", grows, Impact::kInPlace, "the volume grows while it is used",
     "make sure that its StorageClass has allowVolumeExpansion", kClaimUpdate},
    {"pvc.shrink", "PersistentVolumeClaim", "spec/resources/requests/storage", nullptr, Impact::kDataLoss, "the API server refuses this update; a smaller volume is a new, empty one",
     kNewClaim, kClaimUpdate},
    {"pvc.class-unset", "PersistentVolumeClaim", "spec/storageClassName", was_unset, Impact::kInPlace, "a claim without a class may get one, once", "", "KEP-3333", {26}},
    {"pvc.bind", "PersistentVolumeClaim", "spec/volumeName", was_unset, Impact::kInPlace, "an unbound claim may name its volume, once", "", kClaimUpdate},
    {"pvc.attributes-class", "PersistentVolumeClaim", "spec/volumeAttributesClassName", nullptr, Impact::kInPlace, "the volume gets other attributes while it is used", "", "KEP-3751", {34}},
    {"pvc.class", "PersistentVolumeClaim", "spec/storageClassName", nullptr, Impact::kDataLoss, "the API server refuses this update; a volume of another class is a new, empty one", kNewClaim, kClaimUpdate},
    {"pvc.immutable", "PersistentVolumeClaim", "spec/**", nullptr, Impact::kDataLoss, "the API server refuses this update; such a volume is a new, empty one", kNewClaim, kClaimUpdate},

    {"service.removed", "Service", "", removed, Impact::kRecreate, "clients lose the name and the address", "point the clients elsewhere first", "kubernetes.io/docs/concepts/services-networking/service"},
    {"service.external-name", "Service", "spec/clusterIP", from_or_to_external_name, Impact::kInPlace, "an ExternalName Service has no address of its own", "", kServiceUpdate},
    {"service.cluster-ip-kept", "Service", "spec/clusterIP", removed, Impact::kRecreate, "without a value the API server keeps the present one: only a new Service gets an address, or another",
     "delete the Service, then apply; connections through it break", "kubernetes pkg/registry/core/service/storage: patchAllocatedValues"},
    {"service.cluster-ip", "Service", "spec/clusterIP", nullptr, Impact::kRecreate, "the API server refuses this update: the address may not change once set",
     "delete the Service, then apply; connections through it break", kServiceUpdate},
    {"service.cluster-ips", "Service", "spec/clusterIPs/0", nullptr, Impact::kRecreate, "the API server refuses this update: the first address may not change once set",
     "delete the Service, then apply; connections through it break", kServiceUpdate},
    {"service.ip-family", "Service", "spec/ipFamilies/0", replaced, Impact::kRecreate, "the API server refuses this update: the first family may not change once set",
     "delete the Service, then apply; connections through it break", kServiceUpdate},
    {"service.load-balancer-class", "Service", "spec/loadBalancerClass", stays_load_balancer, Impact::kRecreate, "the API server refuses this update: it may not change once set",
     "delete the Service, then apply; the load balancer gets another address", "KEP-1959"},
    {"service.health-check-port", "Service", "spec/healthCheckNodePort", replaced, Impact::kRecreate, "the API server refuses this update", "delete the Service, then apply", kServiceUpdate},
    {"service.selector", "Service", "spec/selector/**", nullptr, Impact::kInPlace, "traffic goes to other Pods at once", "make sure that Pods with these labels exist", kServiceUpdate},
    {"service.type", "Service", "spec/type", nullptr, Impact::kInPlace, "node ports and load balancers appear or go away", "", kServiceUpdate},
    {"service.ports", "Service", "spec/ports/**", nullptr, Impact::kInPlace, "clients must use the new port; a renamed port may get another node port", "", kServiceUpdate},
    {"service.spec", "Service", "spec/**", nullptr, Impact::kInPlace, "traffic is routed differently from now on", "", kServiceUpdate},

    {"configmap.immutable-data", "ConfigMap", "data/**", was_immutable, Impact::kRecreate, "the API server refuses this update: the ConfigMap is immutable", "delete the ConfigMap, then apply", kImmutable},
    {"configmap.immutable-binary", "ConfigMap", "binaryData/**", was_immutable, Impact::kRecreate, "the API server refuses this update: the ConfigMap is immutable", "delete the ConfigMap, then apply", kImmutable},
    {"configmap.immutable-off", "ConfigMap", "immutable", was_immutable, Impact::kRecreate, "the API server refuses this update: what is immutable stays so", "delete the ConfigMap, then apply", kImmutable},
    {"configmap.immutable-on", "ConfigMap", "immutable", nullptr, Impact::kInPlace, "later changes of the data will be refused", "", kImmutable},
    {"configmap.data", "ConfigMap", "data/**", nullptr, Impact::kInPlace, "Pods see a mounted file change within about a minute, environment variables only at their next start", "",
     "kubernetes.io/docs/concepts/configuration/configmap: mounted ConfigMaps are updated automatically"},
    {"configmap.binary-data", "ConfigMap", "binaryData/**", nullptr, Impact::kInPlace, "Pods see a mounted file change within about a minute", "", "kubernetes.io/docs/concepts/configuration/configmap"},
    {"secret.immutable-data", "Secret", "data/**", was_immutable, Impact::kRecreate, "the API server refuses this update: the Secret is immutable", "delete the Secret, then apply", kImmutable},
    {"secret.immutable-off", "Secret", "immutable", was_immutable, Impact::kRecreate, "the API server refuses this update: what is immutable stays so", "delete the Secret, then apply", kImmutable},
    {"secret.immutable-on", "Secret", "immutable", nullptr, Impact::kInPlace, "later changes of the data will be refused", "", kImmutable},
    {"secret.type", "Secret", "type", nullptr, Impact::kRecreate, "the API server refuses this update: the type is immutable", "delete the Secret, then apply", "kubernetes validation.go ValidateSecretUpdate"},
    {"secret.data", "Secret", "data/**", nullptr, Impact::kInPlace, "running servers keep the password that they started with", "restart the Pods and the clients together where a password changes",
     "kubernetes.io/docs/concepts/configuration/secret"},

    {"rolebinding.role-ref", "RoleBinding", "roleRef/**", nullptr, Impact::kRecreate, "the API server refuses this update: roleRef is immutable", "delete the RoleBinding, then apply", "kubernetes pkg/apis/rbac/validation"},
    {"clusterrolebinding.role-ref", "ClusterRoleBinding", "roleRef/**", nullptr, Impact::kRecreate, "the API server refuses this update: roleRef is immutable", "delete the ClusterRoleBinding, then apply", "kubernetes pkg/apis/rbac/validation"},
    {"storageclass.parameters", "StorageClass", "parameters/**", nullptr, Impact::kRecreate, "the API server refuses this update", "delete the StorageClass, then apply; existing volumes keep what they have", "kubernetes pkg/apis/storage/validation"},
    {"storageclass.provisioner", "StorageClass", "provisioner", nullptr, Impact::kRecreate, "the API server refuses this update", "delete the StorageClass, then apply; existing volumes keep what they have", "kubernetes pkg/apis/storage/validation"},
    {"storageclass.reclaim-policy", "StorageClass", "reclaimPolicy", nullptr, Impact::kRecreate, "the API server refuses this update", "delete the StorageClass, then apply; existing volumes keep what they have", "kubernetes pkg/apis/storage/validation"},
    {"storageclass.binding-mode", "StorageClass", "volumeBindingMode", nullptr, Impact::kRecreate, "the API server refuses this update", "delete the StorageClass, then apply; existing volumes keep what they have", "kubernetes pkg/apis/storage/validation"},
    {"priorityclass.value", "PriorityClass", "value", nullptr, Impact::kRecreate, "the API server refuses this update", "delete the PriorityClass, then apply", "kubernetes pkg/apis/scheduling/validation"},
    {"crd.removed", "CustomResourceDefinition", "", removed, Impact::kRecreate, "every resource of this kind is deleted with it; what they rendered stays", "keep the definition while resources exist",
     "kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions"},
    {"crd.scope", "CustomResourceDefinition", "spec/scope", nullptr, Impact::kRecreate, "the API server refuses this update", "delete the definition and its resources, then apply", "apiextensions-apiserver validation.go"},
    {"crd.names", "CustomResourceDefinition", "spec/names/kind", nullptr, Impact::kRecreate, "the API server refuses this update", "delete the definition and its resources, then apply", "apiextensions-apiserver validation.go"},
    {"namespace.removed", "Namespace", "", removed, Impact::kDataLoss, "everything in the namespace is deleted, volume claims included", "make a backup first", "kubernetes.io/docs/concepts/overview/working-with-objects/namespaces"},
    {"namespace.pod-security", "Namespace", "metadata/labels/*", is_security_label, Impact::kInPlace, "counts when a Pod is created: Pods that no longer comply do not come back", "check the Pods against the new level first",
     "kubernetes.io/docs/concepts/security/pod-security-admission"},
    {"pdb.spec", "PodDisruptionBudget", "spec/**", nullptr, Impact::kInPlace, "counts from the next eviction", "", "kubernetes.io/docs/tasks/run-application/configure-pdb"},
    {"networkpolicy.spec", "NetworkPolicy", "spec/**", nullptr, Impact::kInPlace, "connections are allowed or refused differently at once", "make sure that the nodes still reach each other's client and bus ports",
     "kubernetes.io/docs/concepts/services-networking/network-policies"},

    {"object.hook-checksum", "ConfigMap", "metadata/annotations/**", only_hook_checksum, Impact::kNone, "tells GitOps tools that hook Jobs differ", "", "argo-cd issue 9830"},
};
// clang-format on

}  // namespace

std::span<const Rule> object_rules() {
  return kRules;
}

}  // namespace autocache::plan
