// Volumes that outlive a Pod.

#include "render/autocache/parts.h"
#include "render/fields.h"

namespace autocache::render::autocache_kind {

namespace {

/// Claim templates of a StatefulSet cannot change, so those that stand beside explicit claims all
/// say the same.
constexpr const char* kTemplateSize = "1Gi";

void add_claim(const Json& spec,
               std::string name,
               std::string storage_class,
               const std::string& size,
               std::string mount_path,
               Model& model) {
  const bool is_explicit = text_field(spec, {"storage", "claims"}) == "Explicit";
  Claim claim{std::move(name), std::move(storage_class), size, is_explicit ? kTemplateSize : size,
              std::move(mount_path)};
  if (is_explicit) {
    for (const NodeSet& set : model.sets) {
      for (std::int64_t i = 0; i < set.replicas; ++i) {
        model.storage.claim_objects.push_back(
            {claim.name + '-' + set.name + '-' + std::to_string(i), set.labels, claim.storage_class,
             claim.size});
      }
    }
  }
  model.storage.claims.push_back(std::move(claim));
}

/// Argo CD tells a claim that left the manifests (Prune, and IgnoreExtraneous so that it is no
/// drift) from the deletion of the application (Delete). Flux and Helm do not: they keep it if
/// either is to be kept. Sources: argo-cd docs/user-guide/sync-options, Flux Kustomization
/// spec.prune, Helm "tips and tricks".
StringMap claim_annotations(const Storage& storage, Hooks hooks) {
  const bool when_scaled = storage.when_scaled != "Delete";
  const bool when_deleted = storage.when_deleted != "Delete";
  if (!when_scaled && !when_deleted) {
    return {};
  }
  if (hooks == Hooks::kFlux) {
    return {{"kustomize.toolkit.fluxcd.io/prune", "disabled"}};
  }
  if (hooks == Hooks::kHelm) {
    return {{"helm.sh/resource-policy", "keep"}};
  }
  if (!when_scaled) {
    return {{"argocd.argoproj.io/sync-options", "Delete=false"}};
  }
  return {{"argocd.argoproj.io/sync-options",
           when_deleted ? "Prune=false,Delete=false" : "Prune=false"},
          {"argocd.argoproj.io/compare-options", "IgnoreExtraneous"}};
}

}  // namespace

void fill_storage(const Json& spec, const Options& options, Model& model) {
  const std::string storage_class = text_field(spec, {"storage", "storageClassName"});
  const std::string size = text_field(spec, {"storage", "size"});
  if (spec::get_flag(spec, {"storage", "enabled"})) {
    add_claim(spec, "data", storage_class, size, kDataDir, model);
  }
  const Json& warm = spec::get(spec, {"tieredStorage", "warmTier"});
  if (spec::get_flag(spec, {"tieredStorage", "enabled"}) && warm.is_object()) {
    const std::string own_class = text_field(warm, {"storageClassName"});
    const std::string capacity = text_field(warm, {"capacity"});
    add_claim(spec, "warm", own_class.empty() ? storage_class : own_class,
              capacity.empty() ? size : capacity, kWarmDir, model);
  }
  if (!model.storage.claims.empty()) {
    model.storage.when_deleted = text_field(spec, {"storage", "retention", "whenDeleted"});
    model.storage.when_scaled = text_field(spec, {"storage", "retention", "whenScaled"});
    model.storage.claim_annotations = claim_annotations(model.storage, options.hooks);
  }
}

}  // namespace autocache::render::autocache_kind
