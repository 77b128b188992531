#include "unit/spec/support.h"

#include "base/text.h"
#include "support/catch.h"
#include "yaml/reader.h"

namespace autocache::spec::test {
namespace {

struct Loaded {
  yaml::ReadResult read;
  LoadResult result;
};

Loaded load_text(std::string_view text, const LoadOptions& options) {
  Loaded out;
  out.read = yaml::read(make_source("spec.yaml", std::string(text)));
  out.result = load(out.read.documents, options);
  return out;
}

}  // namespace

std::string problems(std::string_view text, const LoadOptions& options) {
  const auto loaded = load_text(text, options);
  std::string out;
  for (const auto& diagnostic : loaded.read.diagnostics) {
    out += format(diagnostic);
  }
  for (const auto& diagnostic : loaded.result.diagnostics) {
    out += format(diagnostic);
  }
  return out;
}

std::string document(std::string_view spec) {
  std::string text =
      "apiVersion: cache.autocache.io/v1alpha1\nkind: AutoCache\nmetadata:\n  name: cache\nspec:\n";
  for (const auto line : split(spec, '\n')) {
    text += line.empty() ? "\n" : "  " + std::string(line) + "\n";
  }
  return text;
}

std::string spec_problems(std::string_view spec) {
  return problems(document(spec));
}

Json spec_of(std::string_view text) {
  const auto loaded = load_text(text, {});
  INFO(problems(text));
  REQUIRE(loaded.result.resources.size() == 1);
  return loaded.result.resources[0].object.at("spec");
}

}  // namespace autocache::spec::test
