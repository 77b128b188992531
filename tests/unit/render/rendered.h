#pragma once

// A spec as text to the objects that it renders to.

#include "base/json.h"
#include "manifest/manifest.h"
#include "render/render.h"
#include "spec/load.h"
#include "support/catch.h"
#include "yaml/reader.h"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

namespace autocache::testing {

/// The objects of one resource, and what was said about it.
struct Rendered {
  std::vector<Json> objects;
  Diagnostics diagnostics;

  /// The object of this kind and name; the test fails without it.
  const Json& get(std::string_view kind, std::string_view name) const {
    const auto found = std::find_if(objects.begin(), objects.end(), [&](const Json& each) {
      return each["kind"] == kind && each["metadata"]["name"] == name;
    });
    INFO(kind << "/" << name);
    REQUIRE(found != objects.end());
    return *found;
  }

  std::vector<std::string> names(std::string_view kind) const {
    std::vector<std::string> out;
    for (const Json& each : objects)
      if (each["kind"] == kind) out.push_back(each["metadata"]["name"]);
    return out;
  }

  std::string text() const { return manifest::write(objects, manifest::Format::kYaml); }

  /// The Pod spec of a StatefulSet.
  const Json& pod(std::string_view set = "cache") const {
    return get("StatefulSet", set)["spec"]["template"]["spec"];
  }

  /// The server's container.
  const Json& server(std::string_view set = "cache") const { return pod(set)["containers"][0]; }

  /// The server's configuration file.
  std::string config() const { return get("ConfigMap", "cache-config")["data"]["autocache.conf"]; }

  std::string checksum(std::string_view set = "cache") const {
    return get(
        "StatefulSet",
        set)["spec"]["template"]["metadata"]["annotations"]["cache.autocache.io/config-checksum"];
  }
};

/// Renders a whole document.
inline Rendered render_document(const std::string& text, const render::Options& options = {}) {
  const SourcePtr source = make_source("spec.yaml", text);
  const yaml::ReadResult read = yaml::read(source);
  spec::LoadResult loaded = spec::load(read.documents);
  Rendered out{{}, read.diagnostics};
  out.diagnostics.insert(out.diagnostics.end(), loaded.diagnostics.begin(),
                         loaded.diagnostics.end());
  if (!has_errors(out.diagnostics))
    for (const spec::Resource& resource : loaded.resources)
      for (Json& object : render::render(resource, options))
        out.objects.push_back(std::move(object));
  return out;
}

/// Renders a resource "cache" with `spec` (YAML, not indented); it must be valid. The result lives
/// as long as the program, so that tests may hold references into it.
inline const Rendered& render_spec(const std::string& spec, const render::Options& options = {}) {
  std::string text =
      "apiVersion: cache.autocache.io/v1alpha1\nkind: AutoCache\nmetadata:\n  name: cache\nspec:\n";
  std::size_t start = 0;
  while (start < spec.size()) {
    const std::size_t end = std::min(spec.find('\n', start), spec.size());
    text += "  " + spec.substr(start, end - start) + "\n";
    start = end + 1;
  }
  if (spec.empty()) text += "  {}\n";
  Rendered out = render_document(text, options);
  for (const Diagnostic& each : out.diagnostics) {
    INFO(format(each));
    REQUIRE(each.severity == Severity::kWarning);
  }
  REQUIRE(!out.objects.empty());
  static std::deque<Rendered> kept;
  return kept.emplace_back(std::move(out));
}

inline const std::string kRedis = "engine: redis\nimage: redis:8.0\n";
inline const std::string kRedis62 = "engine: redis\nimage: redis:6.2\n";
inline const std::string kValkey = "engine: valkey\nimage: valkey/valkey:9.1\n";

}  // namespace autocache::testing
