#include "render/render.h"

#include "manifest/manifest.h"
#include "render/flux.h"
#include "render/kinds.h"

namespace autocache::render {

std::vector<Json> render(const spec::Resource& resource, const Options& options) {
  std::vector<Json> out;
  if (const RenderKind kind = find_renderer(resource.kind->kind)) {
    kind(resource, options, out);
  }
  if (options.include_resource) {
    out.push_back(resource.written);
    Json& metadata = out.back()["metadata"];
    if (!resource.name_space.empty()) {
      metadata["namespace"] = resource.name_space;
    }
    if (metadata["annotations"].empty()) {
      metadata["annotations"][kDescription] = "What the objects of the cache are rendered from";
    }
  }
  manifest::sort(out);
  if (options.hooks == Hooks::kFlux) {
    finish_for_flux(out);
  }
  return out;
}

}  // namespace autocache::render
