// The server's configuration file.

#include "base/quantity.h"
#include "base/sha256.h"
#include "render/autocache/parts.h"
#include "render/fields.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace autocache::render::autocache_kind {

namespace {

using directives::Engine;

/// The directives of one file, each in its class. What the server cannot change while it runs, or
/// what Kubernetes ties to the Pod, is restart-only; so is what the table does not know (modules):
/// a restart is always right.
class Builder {
 public:
  explicit Builder(Model& model) : model_(model) {}

  void add(std::string name, std::string value) {
    const directives::Directive* known = directives::find(model_.engine, model_.version, name);
    const bool live = known != nullptr && directives::applies_live(*known);
    StringMap& group = live ? model_.config.live : model_.config.restart;
    group.emplace_back(std::move(name), std::move(value));
  }

 private:
  Model& model_;
};

/// The byte count of a tier's capacity in the server's units: the largest one without a fraction.
std::string memory_size(std::string_view quantity) {
  constexpr std::pair<std::int64_t, const char*> kUnits[] = {
      {std::int64_t{1} << 30, "gb"}, {std::int64_t{1} << 20, "mb"}, {std::int64_t{1} << 10, "kb"}};
  const auto parsed = Quantity::parse(quantity);
  const std::int64_t bytes = parsed ? parsed->value() : 0;
  for (const auto& [size, unit] : kUnits) {
    if (bytes % size == 0) {
      return std::to_string(bytes / size) + unit;
    }
  }
  return std::to_string(bytes);
}

/// What the data of one node may use: as configured, or else what the hot tier holds.
std::string max_memory(const Json& spec) {
  std::string stated = text_field(spec, {"config", "maxMemory"});
  if (!stated.empty() || !spec::get_flag(spec, {"tieredStorage", "enabled"})) {
    return stated;
  }
  const std::string capacity = text_field(spec, {"tieredStorage", "hotTier", "capacity"});
  return capacity.empty() ? std::string() : memory_size(capacity);
}

/// The directives that Redis and Valkey share.
void add_server(const Json& spec, const StringMap& custom, const Model& model, Builder& out) {
  const bool redis = model.engine == Engine::kRedis;
  const bool since_7 = !redis || model.version >= directives::Version{7, 0};
  const bool storage = spec::get_flag(spec, {"storage", "enabled"});
  const std::string mode = text_field(spec, {"storage", "persistenceMode"});
  out.add("port", std::to_string(model.ports.redis));
  if (since_7) {
    out.add("cluster-port", std::to_string(model.ports.bus));
  }
  // Clients come from other Pods; a password, if any, protects the server.
  out.add("protected-mode", "no");
  out.add("cluster-enabled", "yes");
  out.add("cluster-config-file", "nodes.conf");
  out.add("dir", storage ? kDataDir : kScratchDir);
  out.add("databases",
          std::to_string(spec::get_integer(spec, {"config", "databases"}).value_or(16)));
  const bool snapshots = storage && mode != "AOF";
  const bool append_only = storage && mode != "RDB";
  out.add("save", snapshots ? "3600 1 300 100 60 10000" : "\"\"");
  out.add("appendonly", append_only ? "yes" : "no");
  const auto is_custom = [&custom](std::string_view name) {
    return std::any_of(custom.begin(), custom.end(),
                       [name](const auto& each) { return each.first == name; });
  };
  if (model.replicas_per_shard > 0) {
    // A StatefulSet is a shard: its Pods stay with each other.
    if (!is_custom("cluster-allow-replica-migration")) {
      out.add("cluster-allow-replica-migration", "no");
    }
    if (!redis && model.version >= directives::Version{9, 0} && !is_custom("shutdown-on-sigterm")) {
      out.add("shutdown-on-sigterm", "failover");
    }
    // Before it sends a copy a primary waits 5 s for more replicas, which would share it.
    if (!is_custom("repl-diskless-sync-delay") && !is_custom("repl-diskless-sync-max-replicas")) {
      if (model.replicas_per_shard == 1) {
        out.add("repl-diskless-sync-delay", "0");
      } else if (since_7) {
        out.add("repl-diskless-sync-max-replicas", std::to_string(model.replicas_per_shard));
      }
    }
  }
}

std::string text_of(const Config& config) {
  std::string text = "# Written by autocache: do not edit.\n";
  const auto append = [&text](const char* title, const StringMap& group) {
    if (!group.empty()) {
      text += title;
    }
    for (const auto& [name, value] : group) {
      text += name + ' ' + (value.empty() ? "\"\"" : value) + '\n';
    }
  };
  append("# A change of these restarts the Pods.\n", config.restart);
  append("# A change of these reaches the running servers.\n", config.live);
  return text;
}

}  // namespace

void fill_config(const Json& spec, Model& model) {
  const StringMap custom = map_field(spec, {"config", "custom"});
  Builder out(model);
  if (model.engine == Engine::kAutocache) {
    out.add("port", std::to_string(model.ports.redis));
    out.add("cluster-enabled", "yes");
    out.add("cluster-port", std::to_string(model.ports.bus));
  } else {
    add_server(spec, custom, model, out);
  }
  if (std::string size = max_memory(spec); !size.empty()) {
    out.add("maxmemory", std::move(size));
  }
  out.add("maxmemory-policy", text_field(spec, {"config", "maxMemoryPolicy"}));
  for (const auto& [name, value] : custom) {
    out.add(name, value);
  }
  std::string fingerprint;
  for (const auto& [name, value] : model.config.restart) {
    fingerprint.append(name).append(" ").append(value).append("\n");
  }
  model.config.checksum = sha256_hex(fingerprint);
  model.config.text = text_of(model.config);
}

}  // namespace autocache::render::autocache_kind
