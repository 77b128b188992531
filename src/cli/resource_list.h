#pragma once

// The KRM function specification, ResourceList v1: what kustomize and kpt hand to a function and
// take back (kubernetes-sigs/kustomize cmd/config/docs/api-conventions/functions-spec.md).

#include "base/diagnostic.h"
#include "base/json.h"
#include "base/result.h"
#include "render/render.h"
#include "yaml/node.h"

#include <string>
#include <string_view>
#include <vector>

namespace autocache::cli {

/// The text of a function's answer, and whether it succeeded.
struct FunctionResult {
  /// A ResourceList in YAML; empty if the input was none.
  std::string output;
  Diagnostics diagnostics;
};

/// Renders every resource of ours among the items of the ResourceList `input`, or that is its
/// functionConfig. The manifests replace items with the same identity, which keep their place, or
/// are appended; the resources stay, marked as local, so that a second run gives the same. Other
/// items pass. A functionConfig of kind ConfigMap holds options: hooks, includeResource,
/// imageRegistry, namespace. With errors the items are unchanged; they are in `results` either way.
FunctionResult run_function(std::string_view input, const render::Options& options);

}  // namespace autocache::cli
