// Nothing in a spec is silently unused: every leaf of the schema changes the output, or is answered
// by a diagnostic.

#include "leaf_values.h"
#include "rendered.h"
#include "yaml/resolve.h"

#include <algorithm>
#include <iostream>
#include <sstream>

namespace autocache::testing {
namespace {

constexpr const char* kProbes =
    "livenessProbe: {tcpSocket: {port: 1}}, readinessProbe: {tcpSocket: {port: 1}}, "
    "startupProbe: {tcpSocket: {port: 1}}";
constexpr const char* kMounts =
    "volumeMounts: [{name: one, mountPath: /one, readOnly: true}], "
    "envFrom: [{configMapRef: {name: one}}]";

constexpr const char* kTerm =
    "{topologyKey: one, labelSelector: {matchExpressions: [{key: one, operator: Exists}]}, "
    "namespaceSelector: {matchExpressions: [{key: one, operator: Exists}]}}";
constexpr const char* kNodeTerm =
    "{matchExpressions: [{key: one, operator: Exists}], matchFields: [{key: metadata.name, "
    "operator: In, values: [one]}]}";

std::string affinity() {
  const std::string term = kTerm;
  const std::string node_term = kNodeTerm;
  const std::string required = "requiredDuringSchedulingIgnoredDuringExecution: ";
  const std::string preferred = "preferredDuringSchedulingIgnoredDuringExecution: ";
  const std::string terms = "{" + required + "[" + term + "], " + preferred +
                            "[{weight: 1, podAffinityTerm: " + term + "}]}";
  return "affinity: {podAffinity: " + terms + ", podAntiAffinity: " + terms + ", nodeAffinity: {" +
         required + "{nodeSelectorTerms: [" + node_term + "]}, " + preferred +
         "[{weight: 1, preference: " + node_term + "}]}}";
}

/// Specs in which a field can have an effect: with each engine, and with what it depends on given.
std::vector<std::string> surroundings() {
  const std::string redis = "engine: redis, image: 'redis:8.0', ";
  const std::string volumes = "extraVolumes: [{name: one, emptyDir: {}}], ";
  const std::string side = "name: side, image: example.com/side";
  const std::string init = "name: init, image: example.com/init, restartPolicy: Always";
  const std::string profile = "{type: Localhost, localhostProfile: one}";
  const std::string profiles =
      "{appArmorProfile: " + profile + ", seccompProfile: " + profile + "}";
  return {
      redis +
          "storage: {enabled: true}, auth: {enabled: true, passwordSecret: pw}, "
          "scheduling: {topologyAware: {enabled: true}, loadAware: {enabled: true}}",
      redis + "replicas: 6, replicasPerShard: 1, service: {type: LoadBalancer}",
      redis +
          "service: {type: NodePort}, slotPlan: {0-8191: cache-0, 8192-16382: cache-1, "
          "16383-16383: cache-2}",
      "image: 'autocache:1', storage: {enabled: true}, tieredStorage: {enabled: true, "
      "hotTier: {capacity: 1Gi}, warmTier: {}, coldTier: {s3: {endpoint: "
      "'https://s3.example.com', bucket: cold, credentialsSecret: keys}}}",
      "",
      redis + volumes + "sidecars: [{" + side + ", " + kProbes + ", " + kMounts +
          "}], initContainers: [{" + init + ", " + kProbes + ", " + kMounts + "}]",
      redis + "sidecars: [{" + side + "}], initContainers: [{" + init + "}]",
      affinity(),
      "tolerations: [{key: one}]",
      "tolerations: [{key: one, effect: NoExecute}]",
      "topologySpreadConstraints: [{maxSkew: 1, topologyKey: one, whenUnsatisfiable: "
      "DoNotSchedule, labelSelector: {matchExpressions: [{key: one, operator: Exists}]}}]",
      "podSecurityContext: " + profiles + ", securityContext: " + profiles + ", sidecars: [{" +
          side + ", securityContext: " + profiles + "}], initContainers: [{" + init +
          ", securityContext: " + profiles + "}]",
      "extraVolumes: [{name: one, emptyDir: {}}, {name: two, emptyDir: {}}], extraVolumeMounts: "
      "[{name: one, mountPath: /one, readOnly: true}]",
      "extraVolumes: [{name: one, iscsi: {targetPortal: one, iqn: 'iqn.2001-04.com.example:one', "
      "lun: 0, secretRef: {name: one}}}]",
      "extraVolumes: [{name: one, fc: {wwids: [one]}}]",
      "extraVolumes: [{name: one, fc: {targetWWNs: [one], lun: 1}}]",
      "extraVolumes: [{name: one, downwardAPI: {items: [{path: one, fieldRef: {fieldPath: "
      "metadata.name}}]}}]",
      "extraVolumes: [{name: one, downwardAPI: {items: [{path: one, resourceFieldRef: "
      "{containerName: cache, resource: limits.memory}}]}}]",
      "extraVolumes: [{name: one, projected: {sources: [{downwardAPI: {items: [{path: one, "
      "fieldRef: {fieldPath: metadata.name}}]}}]}}]",
      "extraVolumes: [{name: one, projected: {sources: [{downwardAPI: {items: [{path: one, "
      "resourceFieldRef: {containerName: cache, resource: limits.memory}}]}}]}}]",
  };
}

std::string pointer_of(const Leaf& leaf) {
  std::string out = "/spec";
  for (const std::string& name : leaf.path) {
    if (name == "*") break;
    out += "/" + name;
  }
  return out;
}

/// What a spec gives: the output, or what was said about the leaf; nothing if the spec is wrong for
/// another reason.
struct Outcome {
  std::string said;
  std::string output;

  bool empty() const { return said.empty() && output.empty(); }
  bool operator==(const Outcome&) const = default;
};

Outcome outcome(const Json& spec, const Leaf& leaf) {
  render::Options options;
  options.hooks = render::Hooks::kArgocd;
  const Json document = {{"apiVersion", "cache.autocache.io/v1alpha1"},
                         {"kind", "AutoCache"},
                         {"metadata", {{"name", "cache"}}},
                         {"spec", spec}};
  const Rendered rendered = render_document(document.dump(), options);
  const std::string pointer = pointer_of(leaf);
  Outcome out;
  for (const Diagnostic& each : rendered.diagnostics)
    if (each.path.starts_with(pointer)) out.said += each.path + ": " + each.message + '\n';
  if (!has_errors(rendered.diagnostics)) out.output = rendered.text();
  return out;
}

/// The first line of `now` that is not at the same place in `before`.
std::string changed_line(const std::string& before, const std::string& now) {
  std::istringstream old_lines(before);
  std::istringstream new_lines(now);
  std::string old_line;
  std::string new_line;
  while (std::getline(new_lines, new_line)) {
    if (!std::getline(old_lines, old_line) || old_line != new_line) break;
  }
  const std::size_t text = new_line.find_first_not_of(" -");
  return new_line.substr(text == std::string::npos ? 0 : text, 100);
}

/// What the leaf does in one of the surroundings: the bytes of the output that another value
/// changes, or else the diagnostic that another value gives; empty if it has no effect.
std::string effect(const spec::Schema& schema, const Leaf& leaf, std::vector<Json> bases) {
  // First those that have something around the leaf.
  std::stable_partition(bases.begin(), bases.end(),
                        [&leaf](const Json& base) { return base.contains(leaf.path.front()); });
  std::vector<Json> values = leaf_values(*leaf.schema);
  values.emplace_back();  // absent: a diagnostic of that is not about the leaf
  std::string said;
  for (const Json& base : bases) {
    Outcome before;
    for (const Json& value : values) {
      Json spec = base;
      set_leaf(schema, leaf, value, spec);
      Outcome now = outcome(spec, leaf);
      if (now.empty()) continue;
      if (!now.output.empty() && !before.output.empty() && now.output != before.output)
        return "output: " + changed_line(now.output, before.output);
      if (!value.is_null() && !now.said.empty() && now.said != before.said)
        said = "says: " + now.said;
      before = std::move(now);
    }
  }
  return said.substr(0, said.find('\n'));
}

TEST_CASE("every field of a spec changes the output or is answered by a diagnostic") {
  for (const spec::KindSchema& kind : spec::kinds()) {
    const spec::Schema& schema = *kind.root->find("spec")->schema;
    std::vector<Json> bases;
    for (const std::string& text : surroundings())
      bases.push_back(
          yaml::to_json(yaml::read(make_source("base", "{" + text + "}")).documents.at(0).root));
    std::string unused;
    std::size_t count = 0;
    for (const Leaf& leaf : leaves(schema)) {
      ++count;
      const std::string does = effect(schema, leaf, bases);
      std::cout << leaf.text() << ": " << does << '\n';
      if (does.empty()) unused += leaf.text() + '\n';
    }
    INFO(count << " fields; without any effect:\n" << unused);
    CHECK(unused.empty());
    CHECK(count > 100);
  }
}

}  // namespace
}  // namespace autocache::testing
