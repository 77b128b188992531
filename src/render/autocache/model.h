#pragma once

// One AutoCache resource as the values that its templates need. Everything that takes a decision is
// here; the templates only place the results. Pure: the same resource and options give the same
// model.

#include "base/json.h"
#include "directives/directives.h"
#include "render/build.h"
#include "render/render.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace autocache::render::autocache_kind {

struct Names {
  std::string client;    ///< Service for clients
  std::string headless;  ///< Service that gives each Pod a name
  std::string config;    ///< ConfigMap
  std::string service_account;
};

/// One StatefulSet: the whole cluster (layout Single) or one shard of it (PerShard).
struct NodeSet {
  std::string name;
  std::int64_t replicas = 0;
  StringMap labels;
  StringMap selector;
  StringMap pod_labels;
  Json affinity;
  std::vector<Json> topology_spread;
};

/// A PodDisruptionBudget.
struct Budget {
  std::string name;
  StringMap labels;
  StringMap selector;
  Json min_available;
  Json max_unavailable;
  std::string unhealthy_pod_eviction_policy;
};

/// A volume that each Pod claims.
struct Claim {
  std::string name;  ///< of the volume; the claim is `<name>-<pod>`
  std::string storage_class;
  std::string size;           ///< what the user asked for
  std::string template_size;  ///< what the claim template of the StatefulSet says
  std::string mount_path;
};

/// A PersistentVolumeClaim that is rendered as an object of its own (`storage.claims: Explicit`).
struct ClaimObject {
  std::string name;
  StringMap labels;
  std::string storage_class;
  std::string size;
};

struct Storage {
  std::vector<Claim> claims;
  std::vector<ClaimObject> claim_objects;
  StringMap claim_annotations;  ///< what keeps the tools from deleting the claim objects
  std::string when_deleted;
  std::string when_scaled;
};

/// The server's configuration file, in the two classes of directives.
struct Config {
  StringMap restart;  ///< what only a restart changes; feeds the checksum on the Pods
  StringMap live;     ///< what the hook applies to running servers
  std::string text;
  std::string checksum;  ///< SHA-256 over the restart class alone
  StringMap annotations;
};

struct Service {
  StringMap annotations;
  std::string type;
  std::optional<std::int64_t> node_port;
  std::string load_balancer_class;
  std::vector<Json> load_balancer_source_ranges;
  std::string external_traffic_policy;
  std::string internal_traffic_policy;
};

/// How the kubelet asks the server: by its own client, by our hook, or by connecting.
struct Probes {
  std::vector<std::string> readiness_command;  ///< empty: a TCP connection
};

struct Server {
  std::string image;
  std::string image_pull_policy;
  std::vector<std::string> command;
  std::vector<std::string> args;
  bool announces_name = false;  ///< needs POD_NAME and POD_NAMESPACE
  std::vector<Json> env;
  Json resources;
  std::vector<Json> volume_mounts;
  Json security_context;
  Probes probes;
};

struct Pod {
  StringMap annotations;
  std::string priority_class;
  std::string scheduler;
  std::int64_t termination_grace_period = 0;
  StringMap node_selector;
  std::vector<Json> tolerations;
  std::vector<Json> image_pull_secrets;
  Json security_context;
  std::vector<Json> volumes;
  std::vector<Json> init_containers;
  std::vector<Json> sidecars;
};

/// Our hook program inside the Pods: only where the spec needs it.
struct PodHook {
  bool enabled = false;
  std::string image;
  std::string image_pull_policy;
  Json resources;
  std::vector<std::string> prepare_args;
  std::vector<std::string> prestop_command;
};

/// One run of the hook outside the Pods.
struct HookJob {
  std::string name;
  StringMap labels;
  StringMap annotations;
  std::int64_t deadline = 0;  ///< seconds
  Json pod;                   ///< its Pod's spec
};

struct HookAccount {
  std::string name;
  StringMap labels;
  StringMap annotations;
};

/// The Jobs of the hook; empty without a tool that runs them.
struct HookJobs {
  std::vector<HookAccount> accounts;
  std::vector<HookAccount> roles;  ///< for hook.writeStatus: what each account may do
  std::vector<HookJob> once;
  std::vector<HookJob> repeated;
  std::string schedule;
};

struct Auth {
  bool enabled = false;
  std::string secret;
  std::string key;
};

struct Ports {
  std::int64_t redis = 0;
  std::int64_t bus = 0;
};

struct Model {
  std::string name;
  std::string name_space;
  directives::Engine engine = directives::Engine::kAutocache;
  directives::Version version;
  std::int64_t replicas = 0;
  std::int64_t replicas_per_shard = 0;
  bool owns_service_account = false;
  Names names;
  StringMap labels;
  StringMap selector;
  Ports ports;
  Auth auth;
  Storage storage;
  Config config;
  Service service;
  PodHook hook;
  HookJobs jobs;
  Server server;
  Pod pod;
  std::vector<NodeSet> sets;
  std::vector<Budget> budgets;
};

/// The model of a checked resource.
Model make_model(const spec::Resource& resource, const Options& options);

/// The manifests that the templates make of a model, in the order of the templates' names.
void add_manifests(const Model& model, std::vector<Json>& out);

}  // namespace autocache::render::autocache_kind
