#include "base/text.h"
#include "plan/defaults.h"
#include "plan/json_tools.h"

#include <array>
#include <utility>

namespace autocache::plan {
namespace {

Json& child(Json& object, std::string_view key) {
  Json& value = object[std::string(key)];
  if (!value.is_object()) value = Json::object();
  return value;
}

void default_template(Json& spec) {
  if (Json* pod = at_path(spec, "template/spec")) default_pod_spec(*pod);
}

void default_stateful_set(Json& object) {
  Json& spec = child(object, "spec");
  set_default(spec, "replicas", 1);
  set_default(spec, "podManagementPolicy", "OrderedReady");
  set_default(spec, "revisionHistoryLimit", 10);
  drop_value(spec, "minReadySeconds", 0);
  drop_value(spec, "serviceName", "");
  Json& strategy = child(spec, "updateStrategy");
  set_default(strategy, "type", "RollingUpdate");
  if (strategy["type"] == "RollingUpdate")
    set_default(child(strategy, "rollingUpdate"), "partition", 0);
  Json& retention = child(spec, "persistentVolumeClaimRetentionPolicy");
  set_default(retention, "whenDeleted", "Retain");
  set_default(retention, "whenScaled", "Retain");
  if (Json* ordinals = member(spec, "ordinals")) drop_value(*ordinals, "start", 0);
  default_template(spec);
  if (Json* claims = member(spec, "volumeClaimTemplates");
      claims != nullptr && claims->is_array()) {
    for (Json& claim : *claims) {
      if (!claim.is_object()) continue;
      claim.erase("apiVersion");
      claim.erase("kind");
      claim.erase("status");
      if (Json* metadata = member(claim, "metadata"); metadata != nullptr && metadata->is_object())
        metadata->erase("creationTimestamp");
      if (Json* claim_spec = member(claim, "spec")) default_claim_spec(*claim_spec);
    }
  }
}

void default_deployment(Json& object) {
  Json& spec = child(object, "spec");
  set_default(spec, "replicas", 1);
  set_default(spec, "revisionHistoryLimit", 10);
  set_default(spec, "progressDeadlineSeconds", 600);
  drop_value(spec, "minReadySeconds", 0);
  Json& strategy = child(spec, "strategy");
  set_default(strategy, "type", "RollingUpdate");
  if (strategy["type"] == "RollingUpdate") {
    Json& rolling = child(strategy, "rollingUpdate");
    set_default(rolling, "maxUnavailable", "25%");
    set_default(rolling, "maxSurge", "25%");
  }
  default_template(spec);
}

void default_daemon_set(Json& object) {
  Json& spec = child(object, "spec");
  set_default(spec, "revisionHistoryLimit", 10);
  Json& strategy = child(spec, "updateStrategy");
  set_default(strategy, "type", "RollingUpdate");
  if (strategy["type"] == "RollingUpdate") {
    Json& rolling = child(strategy, "rollingUpdate");
    set_default(rolling, "maxUnavailable", 1);
    set_default(rolling, "maxSurge", 0);
  }
  default_template(spec);
}

/// What the Job controller writes into the Pod template to find its own Pods.
void drop_job_labels(Json& labels) {
  for (const char* key : {"controller-uid", "job-name", "batch.kubernetes.io/controller-uid",
                          "batch.kubernetes.io/job-name"}) {
    labels.erase(key);
  }
}

void default_job_spec(Json& spec) {
  if (!spec.is_object()) return;
  if (member(spec, "completions") == nullptr && member(spec, "parallelism") == nullptr) {
    set_default(spec, "completions", 1);
  }
  set_default(spec, "parallelism", 1);
  set_default(spec, "backoffLimit", 6);
  set_default(spec, "completionMode", "NonIndexed");
  const bool has_policy = member(spec, "podFailurePolicy") != nullptr;
  set_default(spec, "podReplacementPolicy", has_policy ? "Failed" : "TerminatingOrFailed");
  drop_value(spec, "suspend", false);
  drop_value(spec, "manualSelector", false);
  if (member(spec, "manualSelector") == nullptr) spec.erase("selector");
  if (Json* labels = at_path(spec, "template/metadata/labels");
      labels != nullptr && labels->is_object()) {
    drop_job_labels(*labels);
  }
  default_template(spec);
}

void default_cron_job(Json& object) {
  Json& spec = child(object, "spec");
  set_default(spec, "concurrencyPolicy", "Allow");
  set_default(spec, "successfulJobsHistoryLimit", 3);
  set_default(spec, "failedJobsHistoryLimit", 1);
  drop_value(spec, "suspend", false);
  if (Json* job = at_path(spec, "jobTemplate/spec")) default_job_spec(*job);
}

void default_service(Json& object) {
  Json& spec = child(object, "spec");
  set_default(spec, "type", "ClusterIP");
  set_default(spec, "sessionAffinity", "None");
  drop_value(spec, "publishNotReadyAddresses", false);
  const std::string type = spec["type"].is_string() ? spec["type"].get<std::string>() : "";
  if (type != "ExternalName") set_default(spec, "internalTrafficPolicy", "Cluster");
  if (type == "NodePort" || type == "LoadBalancer")
    set_default(spec, "externalTrafficPolicy", "Cluster");
  if (type == "LoadBalancer") set_default(spec, "allocateLoadBalancerNodePorts", true);
  if (spec["sessionAffinity"] == "ClientIP") {
    set_default(child(child(spec, "sessionAffinityConfig"), "clientIP"), "timeoutSeconds", 10800);
  }
  if (Json* ports = member(spec, "ports"); ports != nullptr && ports->is_array()) {
    for (Json& port : *ports) {
      if (!port.is_object()) continue;
      set_default(port, "protocol", "TCP");
      drop_value(port, "nodePort", 0);
      if (const Json* number = member(port, "port")) set_default(port, "targetPort", *number);
    }
  }
  // clusterIPs repeats clusterIP, unless it names a second family.
  if (Json* addresses = member(spec, "clusterIPs");
      addresses != nullptr && addresses->size() == 1) {
    set_default(spec, "clusterIP", addresses->front());
    spec.erase("clusterIPs");
  }
}

void default_network_policy(Json& object) {
  Json& spec = child(object, "spec");
  Json types = Json::array({"Ingress"});
  if (const Json* egress = member(spec, "egress"); egress != nullptr && !egress->empty())
    types.push_back("Egress");
  set_default(spec, "policyTypes", std::move(types));
  for (const char* direction : {"ingress", "egress"}) {
    Json* rules = member(spec, direction);
    if (rules == nullptr || !rules->is_array()) continue;
    for (Json& rule : *rules) {
      Json* ports = member(rule, "ports");
      if (ports == nullptr || !ports->is_array()) continue;
      for (Json& port : *ports) set_default(port, "protocol", "TCP");
    }
  }
}

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, text.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = bits << 8U | (k < count ? static_cast<unsigned char>(text[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= count ? kBase64[bits >> (18U - 6U * k) & 63U] : '=';
    }
  }
  return out;
}

void default_secret(Json& object) {
  set_default(object, "type", "Opaque");
  const Json* found = member(object, "stringData");
  if (found == nullptr || !found->is_object()) return;
  const Json plain = *found;
  object.erase("stringData");
  Json& data = child(object, "data");
  for (const auto& [key, value] : plain.items()) {
    if (value.is_string()) data[key] = base64(value.get_ref<const std::string&>());
  }
}

void default_role_binding(Json& object) {
  constexpr const char* kGroup = "rbac.authorization.k8s.io";
  if (Json* ref = member(object, "roleRef")) set_default(*ref, "apiGroup", kGroup);
  if (Json* subjects = member(object, "subjects"); subjects != nullptr && subjects->is_array()) {
    for (Json& subject : *subjects) {
      if (text_at(subject, "kind") != "ServiceAccount") set_default(subject, "apiGroup", kGroup);
    }
  }
}

void default_storage_class(Json& object) {
  set_default(object, "reclaimPolicy", "Delete");
  set_default(object, "volumeBindingMode", "Immediate");
}

void default_namespace(Json& object) {
  if (Json* labels = at_path(object, "metadata/labels"); labels != nullptr && labels->is_object()) {
    labels->erase("kubernetes.io/metadata.name");
  }
  if (Json* spec = member(object, "spec"); spec != nullptr && spec->is_object())
    spec->erase("finalizers");
}

void default_crd(Json& object) {
  Json& spec = child(object, "spec");
  set_default(child(spec, "conversion"), "strategy", "None");
  drop_value(spec, "preserveUnknownFields", false);
  Json& names = child(spec, "names");
  const std::string kind(text_at(names, "kind"));
  set_default(names, "singular", to_lower(kind));
  set_default(names, "listKind", kind + "List");
}

void default_claim(Json& object) {
  default_claim_spec(child(object, "spec"));
}
void default_pod(Json& object) {
  default_pod_spec(child(object, "spec"));
}
void default_job(Json& object) {
  default_job_spec(child(object, "spec"));
}

using Defaulter = void (*)(Json&);

constexpr std::array<std::pair<std::string_view, Defaulter>, 16> kDefaulters = {{
    {"StatefulSet", default_stateful_set},
    {"Deployment", default_deployment},
    {"DaemonSet", default_daemon_set},
    {"Job", default_job},
    {"CronJob", default_cron_job},
    {"Service", default_service},
    {"PersistentVolumeClaim", default_claim},
    {"Pod", default_pod},
    {"NetworkPolicy", default_network_policy},
    {"Secret", default_secret},
    {"RoleBinding", default_role_binding},
    {"ClusterRoleBinding", default_role_binding},
    {"StorageClass", default_storage_class},
    {"Namespace", default_namespace},
    {"CustomResourceDefinition", default_crd},
    {"ReplicaSet", default_deployment},
}};

}  // namespace

void set_default(Json& object, std::string_view key, Json value) {
  if (!object.is_object()) return;
  Json& slot = object[std::string(key)];
  if (slot.is_null()) slot = std::move(value);
}

void drop_value(Json& object, std::string_view key, const Json& value) {
  if (const Json* found = member(object, key); found != nullptr && *found == value) {
    object.erase(std::string(key));
  }
}

void default_object(std::string_view kind, Json& object) {
  for (const auto& [name, apply] : kDefaulters) {
    if (name == kind) apply(object);
  }
}

}  // namespace autocache::plan
