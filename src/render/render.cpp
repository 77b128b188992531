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
    // It goes where its cluster goes, also if that was said on the command line.
    if (!resource.name_space.empty()) {
      out.back()["metadata"]["namespace"] = resource.name_space;
    }
  }
  manifest::sort(out);
  return out;
}

}  // namespace autocache::render
