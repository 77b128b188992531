#pragma once

// A checked resource to the Kubernetes manifests of its cluster. Pure: the same resource and
// options give the same objects.

#include "base/diagnostic.h"
#include "base/json.h"
#include "base/result.h"
#include "spec/load.h"

#include <string>
#include <vector>

namespace autocache::render {

/// Which GitOps tool runs the hook Jobs. Never mixed.
enum class Hooks { kNone, kArgocd, kFlux, kHelm };

struct Options {
  Hooks hooks = Hooks::kNone;
  bool include_resource = false;
  /// Replaces the registry host of the hook image; empty: as released.
  std::string image_registry;
};

/// The objects of one resource in canonical order, without the CRD. `spec::load` has already
/// rejected what cannot be rendered, so this does not fail.
std::vector<Json> render(const spec::Resource& resource, const Options& options);

}  // namespace autocache::render
