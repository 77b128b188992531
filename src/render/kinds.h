#pragma once

// The one table of the kinds that can be rendered.

#include "base/json.h"
#include "render/render.h"

#include <string_view>
#include <vector>

namespace autocache::render {

/// Every object has this annotation, a constant text that says what it is for. An object without
/// any annotation shows as changed in `kubectl diff --server-side` after a client-side apply: only
/// the latter writes an empty map into the last-applied configuration.
inline constexpr const char* kDescription = "kubernetes.io/description";

/// Adds the manifests of one resource.
using RenderKind = void (*)(const spec::Resource&, const Options&, std::vector<Json>&);

/// How resources of `kind` are rendered; null for a kind that is not in the table.
RenderKind find_renderer(std::string_view kind);

}  // namespace autocache::render
