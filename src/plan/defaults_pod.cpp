#include "base/quantity.h"
#include "plan/defaults.h"
#include "plan/json_tools.h"

namespace autocache::plan {
namespace {

void canonical_quantity(Json& value) {
  std::string text;
  if (value.is_string()) {
    text = value.get<std::string>();
  } else if (value.is_number()) {
    text = value.dump();
  }
  if (const auto quantity = Quantity::parse(text)) value = quantity->canonical();
}

void default_http_get(Json& handler) {
  if (Json* get = member(handler, "httpGet")) {
    set_default(*get, "path", "/");
    set_default(*get, "scheme", "HTTP");
  }
}

void default_probe(Json& container, std::string_view key) {
  Json* probe = member(container, key);
  if (probe == nullptr || !probe->is_object()) return;
  set_default(*probe, "timeoutSeconds", 1);
  set_default(*probe, "periodSeconds", 10);
  set_default(*probe, "successThreshold", 1);
  set_default(*probe, "failureThreshold", 3);
  drop_value(*probe, "initialDelaySeconds", 0);
  default_http_get(*probe);
  if (Json* grpc = member(*probe, "grpc")) drop_value(*grpc, "service", "");
}

/// IfNotPresent, except for images that are tagged latest or not at all.
std::string pull_policy(std::string_view image) {
  if (image.find('@') != std::string_view::npos) return "IfNotPresent";
  const std::size_t slash = image.rfind('/');
  const std::string_view last = slash == std::string_view::npos ? image : image.substr(slash + 1);
  const std::size_t colon = last.find(':');
  const bool latest = colon == std::string_view::npos || last.substr(colon + 1) == "latest";
  return latest ? "Always" : "IfNotPresent";
}

void default_field_ref(Json& holder) {
  if (Json* ref = member(holder, "fieldRef")) set_default(*ref, "apiVersion", "v1");
  if (Json* ref = member(holder, "resourceFieldRef")) {
    if (Json* divisor = member(*ref, "divisor")) canonical_quantity(*divisor);
    drop_value(*ref, "divisor", "0");
  }
}

void default_container(Json& container) {
  if (!container.is_object()) return;
  set_default(container, "terminationMessagePath", "/dev/termination-log");
  set_default(container, "terminationMessagePolicy", "File");
  set_default(container, "imagePullPolicy", pull_policy(text_at(container, "image")));
  for (const char* flag : {"stdin", "stdinOnce", "tty"}) drop_value(container, flag, false);
  if (Json* ports = member(container, "ports"); ports != nullptr && ports->is_array()) {
    for (Json& port : *ports) {
      set_default(port, "protocol", "TCP");
      drop_value(port, "hostPort", 0);
    }
  }
  for (const char* probe : {"livenessProbe", "readinessProbe", "startupProbe"})
    default_probe(container, probe);
  if (Json* lifecycle = member(container, "lifecycle");
      lifecycle != nullptr && lifecycle->is_object()) {
    for (Json& handler : *lifecycle) default_http_get(handler);
  }
  if (Json* env = member(container, "env"); env != nullptr && env->is_array()) {
    for (Json& variable : *env) {
      drop_value(variable, "value", "");
      if (Json* from = member(variable, "valueFrom")) default_field_ref(*from);
    }
  }
  if (Json* mounts = member(container, "volumeMounts"); mounts != nullptr && mounts->is_array()) {
    for (Json& mount : *mounts) drop_value(mount, "readOnly", false);
  }
  if (Json* resources = member(container, "resources")) {
    canonical_quantities(*resources, "limits");
    canonical_quantities(*resources, "requests");
  }
}

void default_items(Json& source) {
  if (Json* items = member(source, "items"); items != nullptr && items->is_array()) {
    for (Json& item : *items) default_field_ref(item);
  }
}

void default_volume(Json& volume) {
  if (!volume.is_object()) return;
  if (volume.size() == 1 && volume.contains("name")) volume["emptyDir"] = Json::object();
  for (const char* source : {"configMap", "secret", "downwardAPI", "projected"}) {
    if (Json* found = member(volume, source); found != nullptr && found->is_object()) {
      set_default(*found, "defaultMode", 420);
      drop_value(*found, "optional", false);
      default_items(*found);
    }
  }
  if (Json* sources = at_path(volume, "projected/sources");
      sources != nullptr && sources->is_array()) {
    for (Json& source : *sources) {
      if (Json* token = member(source, "serviceAccountToken"))
        set_default(*token, "expirationSeconds", 3600);
      if (Json* api = member(source, "downwardAPI")) default_items(*api);
    }
  }
  if (Json* path = member(volume, "hostPath")) drop_value(*path, "type", "");
  if (Json* claim = member(volume, "persistentVolumeClaim")) drop_value(*claim, "readOnly", false);
  if (Json* limit = at_path(volume, "emptyDir/sizeLimit")) canonical_quantity(*limit);
  if (Json* spec = at_path(volume, "ephemeral/volumeClaimTemplate/spec")) default_claim_spec(*spec);
}

}  // namespace

void canonical_quantities(Json& object, std::string_view key) {
  Json* map = member(object, key);
  if (map == nullptr || !map->is_object()) return;
  for (Json& value : *map) canonical_quantity(value);
}

void default_claim_spec(Json& spec) {
  if (!spec.is_object()) return;
  set_default(spec, "volumeMode", "Filesystem");
  if (Json* resources = member(spec, "resources")) {
    canonical_quantities(*resources, "limits");
    canonical_quantities(*resources, "requests");
  }
}

void default_pod_spec(Json& spec) {
  if (!spec.is_object()) return;
  set_default(spec, "restartPolicy", "Always");
  set_default(spec, "terminationGracePeriodSeconds", 30);
  set_default(spec, "dnsPolicy", "ClusterFirst");
  set_default(spec, "schedulerName", "default-scheduler");
  set_default(spec, "enableServiceLinks", true);
  set_default(spec, "securityContext", Json::object());
  for (const char* flag : {"hostNetwork", "hostPID", "hostIPC"}) drop_value(spec, flag, false);
  // The deprecated name of serviceAccountName; the server always sets both.
  if (const Json* old_name = member(spec, "serviceAccount")) {
    set_default(spec, "serviceAccountName", *old_name);
    spec.erase("serviceAccount");
  }
  for (const char* list : {"initContainers", "containers", "ephemeralContainers"}) {
    if (Json* containers = member(spec, list); containers != nullptr && containers->is_array()) {
      for (Json& container : *containers) default_container(container);
    }
  }
  if (Json* volumes = member(spec, "volumes"); volumes != nullptr && volumes->is_array()) {
    for (Json& volume : *volumes) default_volume(volume);
  }
  canonical_quantities(spec, "overhead");
}

}  // namespace autocache::plan
