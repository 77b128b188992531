#include "render/kinds.h"

#include "render/autocache/model.h"

#include <algorithm>
#include <array>

namespace autocache::render {

namespace {

struct Kind {
  std::string_view name;
  RenderKind render;
};

void render_autocache(const spec::Resource& resource,
                      const Options& options,
                      std::vector<Json>& out) {
  autocache_kind::add_manifests(autocache_kind::make_model(resource, options), out);
}

constexpr std::array kKinds = {Kind{"AutoCache", render_autocache}};

}  // namespace

RenderKind find_renderer(std::string_view kind) {
  const auto* found = std::find_if(kKinds.begin(), kKinds.end(),
                                   [kind](const Kind& each) { return each.name == kind; });
  return found != kKinds.end() ? found->render : nullptr;
}

}  // namespace autocache::render
