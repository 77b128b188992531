// The reader and the writer as filters, for the scripts of this folder.
//   yaml_probe read   YAML on stdin, one line of JSON a document on stdout
//   yaml_probe write  one line of JSON a document on stdin, YAML on stdout
// Exit 1 with the diagnostics on stderr if there is an error.

#include "base/json.h"
#include "yaml/reader.h"
#include "yaml/resolve.h"
#include "yaml/writer.h"

#include <iostream>
#include <iterator>
#include <string>

namespace {

using namespace autocache;

int read_yaml(std::string text) {
  yaml::ReadOptions options;
  options.max_bytes = std::size_t{256} << 20U;
  options.max_nodes = 50'000'000;
  const yaml::ReadResult result = yaml::read(make_source("<stdin>", std::move(text)), options);
  for (const Diagnostic& diagnostic : result.diagnostics) std::cerr << format(diagnostic);
  if (has_errors(result.diagnostics)) return 1;
  for (const yaml::Document& document : result.documents) {
    std::cout << yaml::to_json(document.root).dump() << '\n';
  }
  return 0;
}

int write_yaml(const std::string& text) {
  std::string out;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    out += "---\n";
    yaml::write(Json::parse(text.substr(start, end - start)), out);
    start = end + 1;
  }
  std::cout << out;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc == 2 ? argv[1] : "";
  if (mode != "read" && mode != "write") {
    std::cerr << "usage: yaml_probe read|write\n";
    return 2;
  }
  std::ios::sync_with_stdio(false);
  std::string text(std::istreambuf_iterator<char>(std::cin), {});
  return mode == "read" ? read_yaml(std::move(text)) : write_yaml(text);
}
