// The Jobs of the runtime hook, for the tool that runs them.

#include "base/sha256.h"
#include "render/autocache/parts.h"
#include "render/fields.h"
#include "render/images.h"

#include <string_view>

namespace autocache::render::autocache_kind {

namespace {

/// What a Job may take longer than the hook's own timeout: to be scheduled and to start.
constexpr std::int64_t kStartMargin = 60;

StringMap hook_labels(const Model& model, std::string_view component) {
  // Another name than the cache's, so that no selector of the cache ever matches.
  return {{"app.kubernetes.io/name", "autocache-hook"},
          {"app.kubernetes.io/instance", model.name},
          {"app.kubernetes.io/managed-by", "autocache"},
          {"app.kubernetes.io/component", std::string(component)}};
}

/// When each tool runs the Job. Stable names need the old Job to go first: Argo CD and Helm delete
/// it, Flux replaces it.
StringMap annotations_of(Hooks hooks, std::string_view phase) {
  const bool before = phase == "gate";
  switch (hooks) {
    case Hooks::kArgocd:
      return {{"argocd.argoproj.io/hook", before ? "PreSync" : "PostSync"},
              {"argocd.argoproj.io/hook-delete-policy", "BeforeHookCreation"}};
    case Hooks::kHelm:
      return {{"helm.sh/hook", before ? "pre-upgrade" : "post-install,post-upgrade"},
              {"helm.sh/hook-delete-policy", "before-hook-creation"}};
    case Hooks::kFlux:
      return {{"kustomize.toolkit.fluxcd.io/force", "Enabled"}};
    case Hooks::kNone:
      break;
  }
  return {};
}

/// What runs before the sync can use nothing of it, so its account is a hook too, and goes before
/// the Job.
StringMap account_annotations_of(Hooks hooks, std::string_view phase) {
  StringMap out;
  if (phase != "gate" || hooks == Hooks::kFlux) {
    return out;
  }
  out = annotations_of(hooks, phase);
  if (hooks == Hooks::kArgocd) {
    out.emplace_back("argocd.argoproj.io/sync-wave", "-1");
  } else {
    out.emplace_back("helm.sh/hook-weight", "-1");
  }
  return out;
}

/// The kubelet expands $(NAME) in values; the desired state is to arrive as it is.
std::string without_expansion(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("$(")) {
      out += '$';
    }
    out += text[i];
  }
  return out;
}

Json env_of(const Model& model, const std::string& desired) {
  Json env = {{{"name", "AUTOCACHE_DESIRED"}, {"value", without_expansion(desired)}}};
  if (model.name_space.empty()) {
    env.push_back({{"name", "POD_NAMESPACE"},
                   {"valueFrom",
                    {{"fieldRef", {{"apiVersion", "v1"}, {"fieldPath", "metadata.namespace"}}}}}});
  }
  return env;
}

bool writes_status(const Json& spec) {
  return spec::get_flag(spec, {"hook", "writeStatus"});
}

Json args_of(const Json& spec, std::string_view command) {
  Json args = Json::array({command});
  if (writes_status(spec)) {
    args.push_back("--status");
  }
  return args;
}

Json container_of(const Json& spec,
                  const Options& options,
                  const Model& model,
                  std::string_view command,
                  const std::string& desired) {
  const std::string stated = text_field(spec, {"hook", "image"});
  Json container = {{"name", "hook"},
                    {"image", stated.empty() ? job_hook_image(options.image_registry) : stated},
                    {"imagePullPolicy", text_field(spec, {"hook", "imagePullPolicy"})},
                    {"args", args_of(spec, command)},
                    {"env", env_of(model, desired)}};
  if (const Json& resources = spec::get(spec, {"hook", "resources"}); present(resources)) {
    container["resources"] = resources;
  }
  container["securityContext"] = {{"allowPrivilegeEscalation", false},
                                  {"capabilities", {{"drop", Json::array({"ALL"})}}},
                                  {"readOnlyRootFilesystem", true}};
  if (model.auth.enabled) {
    container["volumeMounts"] = Json::array(
        {{{"name", "password"}, {"mountPath", "/run/secrets/autocache"}, {"readOnly", true}}});
  }
  return container;
}

/// Placement and rights as the Pods of the cache have them, but for their affinity among each
/// other.
Json pod_of(const Json& spec, const Model& model, const std::string& account, Json container) {
  Json pod = {{"serviceAccountName", account},
              {"automountServiceAccountToken", writes_status(spec)},
              {"enableServiceLinks", false},
              {"restartPolicy", "Never"},
              {"securityContext", model.pod.security_context}};
  const auto inherit = [&](const char* name) {
    if (const Json& value = spec::get(spec, {name}); present(value)) {
      pod[name] = value;
    }
  };
  inherit("imagePullSecrets");
  inherit("priorityClassName");
  inherit("schedulerName");
  inherit("tolerations");
  if (!model.pod.node_selector.empty()) {
    pod["nodeSelector"] = to_json(model.pod.node_selector);
  }
  if (const Json& affinity = spec::get(spec, {"affinity", "nodeAffinity"}); present(affinity)) {
    pod["affinity"] = {{"nodeAffinity", affinity}};
  }
  pod["containers"] = Json::array({std::move(container)});
  if (model.auth.enabled) {
    // On a first install the Secret may come later in the same sync than a Job that runs before it.
    pod["volumes"] = Json::array(
        {{{"name", "password"},
          {"secret",
           {{"secretName", model.auth.secret},
            {"optional", true},
            {"defaultMode", 288},
            {"items", Json::array({{{"key", model.auth.key}, {"path", "password"}}})}}}}});
  }
  return pod;
}

}  // namespace

void fill_hook_jobs(const Json& spec, const Options& options, Model& model) {
  if (options.hooks == Hooks::kNone) {
    return;
  }
  HookJobs& jobs = model.jobs;
  jobs.schedule = text_field(spec, {"hook", "healSchedule"});
  const std::string desired = desired_state(spec, model).dump();
  const auto make = [&](std::string_view command, const std::string& account) {
    HookJob job;
    job.name = model.name + '-' + std::string(command);
    job.labels = hook_labels(model, command);
    job.annotations = annotations_of(options.hooks, command);
    job.deadline = hook_timeout_seconds(spec) + kStartMargin;
    job.pod = pod_of(spec, model, account, container_of(spec, options, model, command, desired));
    return job;
  };
  const std::string gate_account = model.name + "-gate";
  const std::string account = model.name + "-hook";
  jobs.accounts = {
      {gate_account, hook_labels(model, "gate"), account_annotations_of(options.hooks, "gate")},
      {account, hook_labels(model, "hook"), account_annotations_of(options.hooks, "sync")}};
  if (writes_status(spec)) {
    jobs.roles = jobs.accounts;
  }
  jobs.once = {make("gate", gate_account), make("sync", account)};
  jobs.repeated = {make("heal", account)};
  jobs.repeated.front().annotations.clear();
  // Jobs that a tool runs as hooks are not part of its comparison; this annotation on the ConfigMap
  // is.
  std::string fingerprint = jobs.schedule + std::to_string(jobs.once.front().deadline);
  for (const HookJob& job : jobs.once) {
    fingerprint += job.pod.dump();
  }
  model.config.annotations = {{"cache.autocache.io/hook-checksum", sha256_hex(fingerprint)}};
}

}  // namespace autocache::render::autocache_kind
