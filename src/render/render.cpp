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
    if (!resource.name_space.empty()) {
      out.back()["metadata"]["namespace"] = resource.name_space;
    }
  }
  manifest::sort(out);
  if (options.hooks == Hooks::kFlux) {
    finish_for_flux(out);
  }
  return out;
}

}  // namespace autocache::render
