#include "render/render.h"

#include "manifest/manifest.h"
#include "render/kinds.h"

namespace autocache::render {

std::vector<Json> render(const spec::Resource& resource, const Options& options) {
  std::vector<Json> out;
  if (const RenderKind kind = find_renderer(resource.kind->kind)) {
    kind(resource, options, out);
  }
  if (options.include_resource) {
    out.push_back(resource.written);
  }
  manifest::sort(out);
  return out;
}

}  // namespace autocache::render
