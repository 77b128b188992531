#pragma once

// What a plain scalar means. kubectl and Argo CD read YAML with go-yaml v2 (YAML 1.1 rules), other tools with YAML 1.2;
// where the two differ, a spec must not depend on it (design.md 8).

#include <cstdint>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "base/json_fwd.h"
#include "yaml/node.h"

namespace autocache::yaml {

enum class ScalarType : std::uint8_t { kNull, kBool, kInteger, kFloat, kString };

/// The reading of one scalar.
struct Resolved {
  /// As kubectl reads it (go-yaml v2 resolve.go).
  ScalarType type = ScalarType::kString;
  /// True if the YAML 1.2 core schema gives another type or value: `yes`, `0644`, `0o17`, `1_000`, `12:30`, `2001-01-01` ...
  bool ambiguous = false;
};

/// How kubectl reads `node`, which must be a scalar.
Resolved resolve(const Node& node);

/// The value of a node as kubectl reads it, without a schema: for manifests and pass-through documents. Integers are exact
/// (int64, uint64); larger ones become floats as in kubectl. Ambiguous scalars are taken as kubectl takes them.
Json to_json(const Node& node);

}  // namespace autocache::yaml
