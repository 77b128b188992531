// spec_table TABLE: what we say to every case of the table of specs, as JSON, for the comparison
// with the API server.

#include "base/json.h"
#include "base/text.h"
#include "spec/load.h"
#include "yaml/reader.h"
#include "yaml/resolve.h"

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

namespace autocache::spec {
namespace {

std::string text_of(const Json& entry) {
  if (entry.contains("object")) {
    return entry.at("object").get<std::string>();
  }
  std::string out =
      "apiVersion: cache.autocache.io/v1alpha1\nkind: AutoCache\nmetadata:\n  name: cache\nspec:\n";
  const auto spec = entry.at("spec").get<std::string>();
  for (const auto line : split(spec, '\n')) {
    out += line.empty() ? "\n" : "  " + std::string(line) + "\n";
  }
  return out;
}

/// The text of a case, its documents as kubectl reads them, our errors, and its spec with defaults
/// if it has none.
Json run(const Json& entry) {
  const auto text = text_of(entry);
  auto errors = Json::array();
  auto codes = Json::array();
  const auto note = [&errors, &codes](const Diagnostics& diagnostics) {
    for (const auto& diagnostic : diagnostics) {
      codes.push_back(diagnostic.code + (diagnostic.severity == Severity::kWarning ? "w" : ""));
      if (diagnostic.severity == Severity::kError) {
        errors.push_back(diagnostic.path + ": " + diagnostic.message);
      }
    }
  };
  const auto read = yaml::read(make_source("spec.yaml", text));
  const auto loaded = load(read.documents);
  note(read.diagnostics);
  note(loaded.diagnostics);
  auto documents = Json::array();
  for (const auto& document : read.documents) {
    documents.push_back(yaml::to_json(document.root));
  }
  Json spec;
  if (errors.empty() && loaded.resources.size() == 1) {
    spec = loaded.resources.front().object.at("spec");
  }
  return {{"name", entry.at("name")}, {"text", text},   {"documents", documents},
          {"errors", errors},         {"codes", codes}, {"spec", spec}};
}

}  // namespace
}  // namespace autocache::spec

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: spec_table TABLE\n";
    return 2;
  }
  std::ifstream in(argv[1], std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const auto read = autocache::yaml::read(autocache::make_source(argv[1], std::move(text)));
  if (read.documents.size() != 1) {
    std::cerr << "spec_table: " << argv[1] << " is no table\n";
    return 1;
  }
  auto out = autocache::Json::array();
  const auto table = autocache::yaml::to_json(read.documents.front().root);
  for (const auto& entry : table.at("cases")) {
    out.push_back(autocache::spec::run(entry));
  }
  std::cout << out.dump(1) << '\n';
  return 0;
}
