#pragma once

// The data of a plan: what is compared, what comes out. Plain values; nothing here decides
// anything.

#include "base/json.h"
#include "base/source.h"
#include "manifest/manifest.h"
#include "plan/impact.h"
#include "runtime-hook/slots.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autocache::plan {

/// A Kubernetes minor release, 1.`minor`.
struct KubeVersion {
  int minor = 34;

  auto operator<=>(const KubeVersion&) const = default;
};

/// "1.34" or "v1.34.2+k3s1"; nothing if it is neither.
std::optional<KubeVersion> parse_kube_version(std::string_view text);

/// One Kubernetes object of a side. `value` is its canonical form.
struct Object {
  manifest::Id id;
  Json value;
  /// As it was read or rendered; null for a twin.
  Json written;
  /// The other side states exactly the same: `value` is what both have written, and there is
  /// nothing to compare.
  bool twin = false;
  /// Stored by an API server, so it may hold fields of others.
  bool live = false;
  /// Where it was read; nothing for rendered ones.
  Position at;
};

/// One resource of ours, defaults filled in.
struct Spec {
  std::string kind;
  std::string name_space;
  std::string name;
  Json spec;
};

/// What one input holds: the objects that it states, and those that its resources render to.
struct Side {
  std::string label;
  std::vector<Object> objects;
  std::vector<Spec> specs;
};

struct Options {
  KubeVersion kube;
  /// What the cache holds; unknown if not given.
  std::optional<std::int64_t> keys;
  std::optional<std::int64_t> bytes;
  /// MB/s of slot moves, instead of the spec's hook.rateLimitMBps; 0: no limit.
  std::optional<double> rate_limit_mbps;
};

/// One difference and what it does.
struct Change {
  manifest::Id object;
  /// JSON pointer; into a server's configuration text it goes on with the directive's name.
  std::string path;
  /// The same for people.
  std::string display;
  std::optional<Json> before;
  std::optional<Json> after;
  Impact impact = Impact::kNone;
  std::string_view rule;
  std::string effect;
  /// What a person has to do; empty if nothing.
  std::string todo;
};

/// Slots of one shard before and after.
struct ShardSlots {
  std::string name;
  hook::SlotSet before;
  hook::SlotSet after;
};

struct NamedMove {
  std::string from;
  std::string to;
  hook::SlotSet slots;
};

/// What moving slots costs; nothing where the input did not say.
struct Estimate {
  std::optional<std::int64_t> keys;
  std::optional<std::int64_t> bytes;
  std::optional<double> seconds;
  std::string basis;
};

/// The slot moves of one cache.
struct SlotSection {
  std::string name_space;
  std::string name;
  int moved = 0;
  std::vector<ShardSlots> shards;
  std::vector<NamedMove> moves;
  /// Where the layout before comes from.
  std::string basis;
  /// What in the running layout stands in the way of moves.
  std::vector<std::string> problems;
  Estimate estimate;
};

/// One thing that happens, in order.
struct Step {
  /// "prepare", "gate", "delete", "apply", "patch", "roll", "prune", "sync" or "check".
  std::string_view phase;
  std::string title;
  std::string detail;
  /// A person has to do it; no GitOps tool does.
  bool by_hand = false;
  std::vector<std::string> commands;
  /// Pods that restart, in order.
  std::vector<std::string> pods;
  /// What the step applies.
  std::vector<Json> objects;
};

struct Plan {
  std::string old_label;
  std::string new_label;
  Impact impact = Impact::kNone;
  std::vector<Change> changes;
  std::vector<SlotSection> slots;
  std::vector<Step> steps;
  /// What is true of the change as a whole and easily overlooked.
  std::vector<std::string> warnings;
};

}  // namespace autocache::plan
