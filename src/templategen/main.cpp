// templategen HEADER NAMESPACE OUTPUT BASE TEMPLATE...: writes the code of the templates, which are
// files below BASE.

#include "templategen/generator.h"

#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>

namespace {

int run(const std::vector<std::string>& args) {
  if (args.size() < 5) {
    std::cerr << "usage: templategen HEADER NAMESPACE OUTPUT BASE TEMPLATE...\n";
    return 2;
  }
  const std::string& base = args[3];
  std::vector<autocache::SourcePtr> templates;
  for (std::size_t i = 4; i < args.size(); ++i) {
    std::ifstream file(base + '/' + args[i], std::ios::binary);
    if (!file) {
      std::cerr << "templategen: cannot read " << args[i] << '\n';
      return 1;
    }
    templates.push_back(
        autocache::make_source(args[i], std::string(std::istreambuf_iterator<char>(file), {})));
  }
  const autocache::templategen::Generated generated =
      autocache::templategen::generate(templates, {args[0], args[1]});
  for (const autocache::Diagnostic& diagnostic : generated.diagnostics) {
    std::cerr << autocache::format(diagnostic);
  }
  if (autocache::has_errors(generated.diagnostics)) {
    return 1;
  }
  std::ofstream out(args[2], std::ios::binary);
  out << generated.code;
  out.close();
  return out ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "templategen: %s\n", error.what());
    return 1;
  }
}
