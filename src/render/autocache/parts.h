#pragma once

// The steps of make_model, in the order in which they run; each reads the spec and what earlier
// steps have filled in.

#include "render/autocache/model.h"

namespace autocache::render::autocache_kind {

/// Where things are inside the Pods. Fixed: a change restarts every cluster.
inline constexpr const char* kConfigFile = "/etc/autocache/autocache.conf";
inline constexpr const char* kDataDir = "/data";
inline constexpr const char* kWarmDir = "/warm";
/// Written by our hook when a Pod starts: the final configuration and the hook itself, for probes
/// and prestop.
inline constexpr const char* kRunConfigFile = "/run/autocache/autocache.conf";
inline constexpr const char* kRunHook = "/run/autocache/autocache-hook";
inline constexpr const char* kPasswordFile = "/run/secrets/autocache/password";
/// Without persistence the server's files lie in the container's own layer: nodes.conf must not
/// outlive the data.
inline constexpr const char* kScratchDir = "/tmp";

void fill_storage(const Json& spec, const Options& options, Model& model);
void fill_config(const Json& spec, Model& model);
void fill_service(const Json& spec, Model& model);
void fill_sets(const Json& spec, Model& model);
void fill_hook(const Json& spec, const Options& options, Model& model);
void fill_server(const Json& spec, Model& model);
void fill_pod(const Json& spec, Model& model);
void fill_hook_jobs(const Json& spec, const Options& options, Model& model);

/// What the hook brings the cluster to: version 1 of its format (docs/hook.md).
Json desired_state(const Json& spec, const Model& model);

/// `hook.timeout` in seconds, rounded up.
std::int64_t hook_timeout_seconds(const Json& spec);

}  // namespace autocache::render::autocache_kind
