// Renders a spec in this process, once per number of shards, and prints what each would ask of
// Kubernetes:
//
//   shards cache.yaml 3 5 8

#include "render/autocache.h"

#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: shards SPEC REPLICAS...\n";
    return 2;
  }
  std::ifstream file(argv[1]);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    std::cerr << "shards: cannot read " << argv[1] << '\n';
    return 1;
  }

  for (int i = 2; i < argc; ++i) {
    autocache::RenderRequest request;
    request.input.files.push_back({argv[1], text});
    request.input.set.push_back(std::string("spec.replicas=") + argv[i]);
    request.hooks = autocache::HookProfile::kArgocd;

    const autocache::RenderResult result = autocache::render_specs(request);
    for (const autocache::Diagnostic& diagnostic : result.diagnostics) {
      std::cerr << autocache::format(diagnostic);
    }
    if (autocache::has_errors(result.diagnostics)) return 1;

    std::map<std::string, int> kinds;
    for (const autocache::RenderedObject& object : result.objects) ++kinds[object.kind];
    std::cout << argv[i] << " replicas:";
    for (const auto& [kind, count] : kinds) std::cout << ' ' << count << ' ' << kind;
    std::cout << ", " << autocache::to_stream(result.objects, request.format).size() << " bytes\n";
  }
}
