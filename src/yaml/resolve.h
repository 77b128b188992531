#pragma once

// What a plain scalar means. kubectl and Argo CD read YAML with go-yaml v2 (YAML 1.1 rules), other
// tools with YAML 1.2; where the two differ, a spec must not depend on it (design.md 8).

#include "base/diagnostic.h"
#include "base/json_fwd.h"
#include "yaml/node.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace autocache::yaml {

enum class ScalarType : std::uint8_t { kNull, kBool, kInteger, kFloat, kString };

/// The reading of one scalar.
struct Resolved {
  /// As kubectl reads it (go-yaml v2 resolve.go).
  ScalarType type = ScalarType::kString;
  /// True if the YAML 1.2 core schema gives another type or value: `yes`, `0644`, `1_000`, `0b1`,
  /// `08`. (`0o17`, `12:30` and `2001-01-01` are not: both readings are the same.)
  bool ambiguous = false;

  bool operator==(const Resolved&) const = default;
};

/// How kubectl reads `node`, which must be a scalar.
Resolved resolve(const Node& node);

/// How kubectl reads the text of a scalar that was written in `style`.
Resolved resolve(std::string_view text, Style style);

/// The value of a node as kubectl reads it, without a schema: for manifests and pass-through
/// documents. Integers are exact (int64, uint64); larger ones become floats as in kubectl.
/// Ambiguous scalars are taken as kubectl takes them. Infinities and NaN, which kubectl refuses,
/// stay floats.
Json to_json(const Node& node);

/// The key of a member as kubectl reads it: what was written if that is a string, else the text of
/// the value: "true" for `yes`, "16" for `0x10`, "1" for `1.0` (sigs.k8s.io/yaml).
std::string key_text(std::string_view key, Style style);

}  // namespace autocache::yaml
