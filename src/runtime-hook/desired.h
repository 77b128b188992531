#pragma once

// The desired state of one cluster, as render writes it into the Jobs (format version 1, design.md
// 8). Reading it is pure: JSON text in, a checked value or every problem at once out.

#include "base/result.h"
#include "runtime-hook/endpoint.h"
#include "runtime-hook/slots.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autocache::hook {

enum class Engine { kAutocache, kRedis, kValkey };
enum class OnFull { kRefuse, kEvict };
/// Whether the nodes keep their data on a volume: without it a lost Pod's data is gone for certain.
enum class Storage { kNone, kPersistent };

/// Where a node's Pod runs; either may be empty.
struct Placement {
  std::string host;
  std::string zone;
  bool operator==(const Placement&) const = default;
};

struct DesiredNode {
  Endpoint at;
  /// The Pod name, which is the first label of a host name; empty where `at` is an address.
  std::string name;
  Placement placement;
};

struct AuthFile {
  std::string username;
  std::string password_file;
};

struct LoadAware {
  int cpu_threshold = 80;     ///< percent of one core
  int memory_threshold = 80;  ///< percent of maxmemory
};

struct Desired {
  std::string name;
  std::string namespace_;
  Engine engine = Engine::kRedis;
  /// Complete and in order: shard by shard, with a shard's first node the primary of a new cluster.
  std::vector<DesiredNode> nodes;
  /// Nodes to empty and remove, where names cannot tell (addresses on loopback).
  std::vector<Endpoint> surplus;
  int replicas_per_shard = 0;
  /// True if `placement` was given: then shards are formed over hosts and zones, not by the order
  /// of the nodes.
  bool placed = false;
  /// For every slot the shard that must own it, kNoOwner where the plan leaves it open; empty
  /// without a plan.
  std::optional<SlotMap> slot_plan;
  /// Live directives and their values; nothing if the key is absent, then the hook touches no
  /// directive.
  std::optional<std::map<std::string, std::string>> config;
  std::int64_t rate_limit_mbps = 0;  ///< MB/s, 0: no limit
  std::chrono::seconds timeout{600};
  OnFull on_full = OnFull::kRefuse;
  Storage storage = Storage::kNone;
  std::optional<AuthFile> auth;
  std::optional<std::string> tls_ca_file;
  std::optional<LoadAware> load_aware;

  [[nodiscard]] int shards() const {
    return static_cast<int>(nodes.size()) / (replicas_per_shard + 1);
  }
  /// "<name>-<shard>", the name of shard `shard` in slotPlan.
  [[nodiscard]] std::string shard_name(int shard) const {
    return name + "-" + std::to_string(shard);
  }
};

/// The desired state, or every problem with it (codes AC4001 syntax, AC4002 unknown key, AC4003 bad
/// value): all of them mean wrong usage (exit 2).
Result<Desired> parse_desired(std::string_view json);

/// What a Pod name says about its place: "cache-3" is {3, -1}, "cache-2-0" is {2, 0}.
struct PodName {
  int first = 0;
  int second = -1;
};

/// Reads a Pod name of the cluster `cluster`; nothing if it is not one.
std::optional<PodName> parse_pod_name(std::string_view cluster, std::string_view pod);

/// The first label of a host name ("cache-0" of "cache-0.cache-headless.shop.svc").
std::string_view first_label(std::string_view host);

/// True if both name the same host, one perhaps with fewer trailing labels
/// ("cache-0.cache-headless" and "cache-0.cache-headless.shop.svc"), and have at least two labels
/// in common.
bool same_host_name(std::string_view a, std::string_view b);

}  // namespace autocache::hook
