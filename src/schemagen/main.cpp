// schemagen OUTPUT.cpp SCHEMA.yaml...: compiles schema files while autocache is built.

#include "base/diagnostic.h"
#include "base/source.h"
#include "schemagen/compile.h"
#include "schemagen/emit.h"
#include "yaml/reader.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace {

/// Reads one schema file; a file that cannot be opened is a diagnostic too.
void read_file(const std::string& path,
               std::vector<autocache::yaml::Document>& documents,
               autocache::Diagnostics& diagnostics) {
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  auto source = autocache::make_source(path, std::move(text));
  if (!in) {
    diagnostics.push_back(autocache::error_at("", {source.get(), 0, 0}, "", "cannot be read"));
    return;
  }
  auto result = autocache::yaml::read(source);
  for (auto& document : result.documents) {
    documents.push_back(std::move(document));
  }
  diagnostics.insert(diagnostics.end(), result.diagnostics.begin(), result.diagnostics.end());
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv, argv + argc);
  if (arguments.size() < 3) {
    std::cerr << "usage: schemagen OUTPUT.cpp SCHEMA.yaml...\n";
    return 2;
  }
  std::vector<autocache::yaml::Document> documents;
  autocache::Diagnostics diagnostics;
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    read_file(arguments[i], documents, diagnostics);
  }
  const auto compiled = autocache::schemagen::compile(documents, diagnostics);
  for (const auto& diagnostic : diagnostics) {
    std::cerr << autocache::format(diagnostic);
  }
  if (autocache::has_errors(diagnostics)) {
    return 1;
  }
  std::ofstream out(arguments[1], std::ios::binary | std::ios::trunc);
  out << autocache::schemagen::emit(compiled);
  out.flush();
  if (!out) {
    std::cerr << "schemagen: cannot write " << arguments[1] << '\n';
    return 1;
  }
  return 0;
}
