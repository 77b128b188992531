#pragma once

// The one table of rules: what a change matches, what it does, since when, and who says so.

#include "directives/directives.h"
#include "plan/cache.h"
#include "plan/model.h"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace autocache::plan {

enum class Op { kAdd, kRemove, kReplace };

/// One difference with everything that a rule may look at. Pointers are null where there is
/// nothing.
struct Match {
  /// Kind of the object; "Directive" for a line of a server's configuration; a kind of ours for its
  /// spec.
  std::string_view kind;
  Op op = Op::kReplace;
  /// The unescaped tokens of the JSON pointer; empty for the object as a whole.
  std::vector<std::string> path;
  const Json* before = nullptr;
  const Json* after = nullptr;
  const Json* old_object = nullptr;
  const Json* new_object = nullptr;
  const directives::Directive* old_directive = nullptr;
  const directives::Directive* new_directive = nullptr;
  const Cache* old_cache = nullptr;
  const Cache* new_cache = nullptr;
  const Options* options = nullptr;
};

using Condition = bool (*)(const Match&);

/// The Kubernetes releases 1.`since` to 1.`until` in which a rule holds.
struct KubeWindow {
  int since = 0;
  int until = 1000;
};

struct Rule {
  std::string_view id;
  /// A kind, or `*`.
  std::string_view kind;
  /// Tokens of the pointer; `*` stands for any one, a last `**` for any number of them.
  std::string_view path;
  /// What else must hold; null: nothing.
  Condition when = nullptr;
  Impact impact = Impact::kNone;
  std::string_view effect;
  /// What a person must do; empty: nothing.
  std::string_view todo;
  /// Kubernetes file, KEP, issue, or the server's source.
  std::string_view source;
  KubeWindow kube{};
};

/// All rules in the order in which they are tried: the first that matches decides. The last one
/// matches everything.
std::vector<std::span<const Rule>> rule_tables();

/// The rule that decides.
const Rule& classify(const Match& match);

std::span<const Rule> workload_rules();
std::span<const Rule> object_rules();
std::span<const Rule> directive_rules();
std::span<const Rule> spec_rules();
std::span<const Rule> fallback_rules();

}  // namespace autocache::plan
