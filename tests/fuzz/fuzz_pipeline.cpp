// Any bytes through the whole pipeline: read, load, render, write; what was written is read back.

#include "base/json.h"
#include "fuzz/require.h"
#include "manifest/manifest.h"
#include "render/render.h"
#include "spec/load.h"
#include "yaml/reader.h"
#include "yaml/resolve.h"

#include <cstdint>
#include <string>

namespace {

using namespace autocache;

void check_manifests(const std::vector<Json>& objects) {
  const std::string text = manifest::write(objects, manifest::Format::kYaml);
  const yaml::ReadResult again = yaml::read(make_source("written", text));
  AC_REQUIRE(again.diagnostics.empty());
  AC_REQUIRE(again.documents.size() == objects.size());
  for (std::size_t i = 0; i < objects.size(); ++i) {
    AC_REQUIRE(yaml::to_json(again.documents[i].root).dump() == objects[i].dump());
    const manifest::Id id = manifest::id_of(objects[i]);
    AC_REQUIRE(!id.kind.empty() && !id.name.empty());
  }
}

void render_with(const spec::Resource& resource, render::Hooks hooks) {
  render::Options options;
  options.hooks = hooks;
  options.include_resource = hooks == render::Hooks::kArgocd;
  const std::vector<Json> objects = render::render(resource, options);
  AC_REQUIRE(!objects.empty());
  check_manifests(objects);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  yaml::ReadOptions limits;
  limits.max_nodes /= 10;
  limits.max_bytes /= 10;
  const SourcePtr source =
      make_source("input", std::string(reinterpret_cast<const char*>(data), size));
  const yaml::ReadResult read = yaml::read(source, limits);
  const spec::LoadResult loaded = spec::load(read.documents);
  for (const Diagnostic& diagnostic : loaded.diagnostics) {
    AC_REQUIRE(!diagnostic.code.empty() && !diagnostic.message.empty());
    AC_REQUIRE(diagnostic.at.line >= 1 && diagnostic.at.column >= 1);
    AC_REQUIRE(!format(diagnostic).empty());
  }
  for (const spec::Resource& resource : loaded.resources) {
    for (const auto hooks : {render::Hooks::kNone, render::Hooks::kArgocd, render::Hooks::kFlux,
                             render::Hooks::kHelm}) {
      render_with(resource, hooks);
    }
  }
  return 0;
}
