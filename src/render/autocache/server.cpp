// The server container: command line, probes, mounts.

#include "base/quantity.h"
#include "render/autocache/parts.h"
#include "render/fields.h"

#include <utility>

namespace autocache::render::autocache_kind {

namespace {

using directives::Engine;

/// Seconds that the AutoCache server keeps for the end after it has handed its slots over.
constexpr std::int64_t kStopMargin = 10;

std::vector<std::string> autocache_args(const Json& spec, const Model& model) {
  const bool storage = spec::get_flag(spec, {"storage", "enabled"});
  const bool tiered = spec::get_flag(spec, {"tieredStorage", "enabled"});
  const bool warm = tiered && spec::get(spec, {"tieredStorage", "warmTier"}).is_object();
  const std::string data = storage ? kDataDir : kScratchDir;
  // The address on which it listens for the cluster is also the one that it announces; it takes no
  // file's word for the port.
  std::vector<std::string> args = {"--config",
                                   kConfigFile,
                                   "--addr",
                                   ":" + std::to_string(model.ports.redis),
                                   "--cluster-enabled",
                                   "--cluster-port",
                                   std::to_string(model.ports.bus),
                                   "--bind",
                                   "$(POD_IP)",
                                   "--data-dir",
                                   data};
  if (tiered || storage) {
    // Its persistence is the write-behind log of the warm tier: there is none without the other.
    args.insert(args.end(),
                {"--tiered-enabled", "--badger-path", warm ? kWarmDir : data + "/warm"});
  }
  if (storage) {
    args.emplace_back("--persist-enabled");
  }
  args.insert(args.end(),
              {"--drain-timeout", std::to_string(std::max<std::int64_t>(
                                      model.pod.termination_grace_period - kStopMargin, 1)) +
                                      's'});
  return args;
}

void fill_command(const Json& spec, Model& model) {
  Server& server = model.server;
  if (model.engine == Engine::kAutocache) {
    server.command = {"/autocache"};
    server.args = autocache_args(spec, model);
    return;
  }
  const bool redis = model.engine == Engine::kRedis;
  server.command = {redis ? "redis-server" : "valkey-server"};
  server.args = {model.hook.enabled ? kRunConfigFile : kConfigFile, "--cluster-announce-ip",
                 "$(POD_IP)"};
  if (!redis || model.version >= directives::Version{7, 0}) {
    server.announces_name = true;
    server.args.insert(server.args.end(),
                       {"--cluster-announce-hostname",
                        "$(POD_NAME)." + model.names.headless + ".$(POD_NAMESPACE).svc"});
  }
}

void fill_probes(Model& model) {
  Probes& probes = model.server.probes;
  const std::string port = std::to_string(model.ports.redis);
  if (model.hook.enabled) {
    probes.readiness_command = {
        kRunHook,
        "probe",
        "readiness",
        "--node",
        "127.0.0.1:" + port,
        "--peers",
        model.names.headless + ':' + port + '@' + std::to_string(model.ports.bus)};
    if (model.auth.enabled) {
      probes.readiness_command.insert(probes.readiness_command.end(),
                                      {"--password-file", kPasswordFile});
    }
    return;
  }
  // Without -e the client of Redis 6.2 says 0 while the server loads its data, so there a
  // connection has to do.
  const bool redis = model.engine == Engine::kRedis;
  if (model.engine == Engine::kValkey || (redis && model.version >= directives::Version{7, 0})) {
    probes.readiness_command = {redis ? "redis-cli" : "valkey-cli", "-e", "-p", port, "ping"};
  }
}

/// The hot tier is memory of the container: without a limit of its own it gets a quarter more than
/// the tier holds.
Json resources_of(const Json& spec) {
  Json resources = spec::get(spec, {"resources"});
  const std::string capacity = text_field(spec, {"tieredStorage", "hotTier", "capacity"});
  const bool limited = !spec::get(resources, {"limits", "memory"}).is_null();
  if (limited || capacity.empty() || !spec::get_flag(spec, {"tieredStorage", "enabled"})) {
    return resources;
  }
  constexpr std::int64_t kMebibyte = std::int64_t{1} << 20;
  const std::int64_t bytes = Quantity::parse(capacity).value_or(Quantity()).value();
  const std::int64_t mebibytes = (bytes / 4 * 5 + kMebibyte - 1) / kMebibyte;
  const auto limit = Quantity::parse(std::to_string(mebibytes) + "Mi").value_or(Quantity());
  resources["limits"]["memory"] = limit.canonical();
  return resources;
}

/// The cold tier's store, by the names that every S3 client knows; its credentials stay in their
/// Secret.
void add_cold_tier(const Json& spec, std::vector<Json>& env) {
  const Json& store = spec::get(spec, {"tieredStorage", "coldTier", "s3"});
  if (!store.is_object() || !spec::get_flag(spec, {"tieredStorage", "enabled"})) {
    return;
  }
  const auto value = [&env](const char* name, std::string text) {
    if (!text.empty()) {
      env.push_back({{"name", name}, {"value", std::move(text)}});
    }
  };
  const auto secret = [&env, &store](const char* name) {
    env.push_back({{"name", name},
                   {"valueFrom",
                    {{"secretKeyRef",
                      {{"name", text_field(store, {"credentialsSecret"})}, {"key", name}}}}}});
  };
  value("AWS_ENDPOINT_URL_S3", text_field(store, {"endpoint"}));
  value("AWS_REGION", text_field(store, {"region"}));
  value("AUTOCACHE_COLD_BUCKET", text_field(store, {"bucket"}));
  value("AUTOCACHE_COLD_CAPACITY", text_field(spec, {"tieredStorage", "coldTier", "capacity"}));
  secret("AWS_ACCESS_KEY_ID");
  secret("AWS_SECRET_ACCESS_KEY");
}

}  // namespace

void fill_server(const Json& spec, Model& model) {
  Server& server = model.server;
  server.image = text_field(spec, {"image"});
  server.image_pull_policy = text_field(spec, {"imagePullPolicy"});
  const bool hands_over = model.engine == Engine::kAutocache || !model.storage.claims.empty() ||
                          model.replicas_per_shard > 0;
  model.pod.termination_grace_period =
      spec::get_integer(spec, {"terminationGracePeriodSeconds"}).value_or(hands_over ? 120 : 30);
  fill_command(spec, model);
  fill_probes(model);
  add_cold_tier(spec, server.env);
  const std::vector<Json> env = list_field(spec, {"env"});
  server.env.insert(server.env.end(), env.begin(), env.end());
  server.resources = resources_of(spec);
  server.volume_mounts = list_field(spec, {"extraVolumeMounts"});
  // Without a volume the server writes into the container's own layer.
  const bool writes_to_layer = !spec::get_flag(spec, {"storage", "enabled"});
  server.security_context = merged({{"allowPrivilegeEscalation", false},
                                    {"capabilities", {{"drop", {"ALL"}}}},
                                    {"readOnlyRootFilesystem", !writes_to_layer}},
                                   spec::get(spec, {"securityContext"}));
}

}  // namespace autocache::render::autocache_kind
