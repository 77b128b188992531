#pragma once

// What a field means, as text in the manner of `kubectl explain`.

#include "base/result.h"
#include "spec/schema.h"

#include <string>
#include <string_view>

namespace autocache::spec {

struct ExplainOptions {
  /// kFields lists the fields of the object one level deep with their descriptions; kRecursive
  /// lists the names of all below it.
  enum class Depth { kFields, kRecursive };
  Depth depth = Depth::kFields;
};

/// Describes the field at `path`: "spec.storage.size", "ac.spec.sidecars.ports", "autocache",
/// "/spec/storage". The first part may name the kind (kind, plural, singular or short name, any
/// case); without it the first kind of ours is meant, and an empty path is that kind itself. Lists
/// are passed through. An unknown path is a diagnostic whose hint names the nearest one.
Result<std::string> explain(std::string_view path, const ExplainOptions& options = {});

}  // namespace autocache::spec
