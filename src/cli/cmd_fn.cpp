#include "cli/arguments.h"
#include "cli/resource_list.h"

#include <istream>
#include <iterator>
#include <ostream>

namespace autocache::cli {

ExitCode run_fn(const Arguments& arguments, Io& io) {
  Parser parser("fn",
                "Render as a KRM function of kustomize or kpt: a ResourceList on stdin and stdout",
                "  kustomize build --enable-alpha-plugins --enable-exec overlays/production\n"
                "  kpt fn eval --exec 'autocache fn' .\n");
  render::Options options;
  add_choice<render::Hooks>(parser.app(), "--hooks", options.hooks,
                            {{"none", render::Hooks::kNone},
                             {"argocd", render::Hooks::kArgocd},
                             {"flux", render::Hooks::kFlux},
                             {"helm", render::Hooks::kHelm}},
                            "Render the hook Jobs for this GitOps tool [none]");
  parser.app()
      .add_option("--image-registry", options.image_registry, "Registry host of the hook image")
      ->type_name("HOST");
  if (const auto code = parser.parse(arguments, io)) return *code;

  const std::string input{std::istreambuf_iterator<char>(io.in), std::istreambuf_iterator<char>()};
  const FunctionResult result = run_function(input, options);
  print_diagnostics(io, result.diagnostics, ColourMode::kNever);
  io.out << result.output;
  return has_errors(result.diagnostics) ? ExitCode::kInput : ExitCode::kOk;
}

}  // namespace autocache::cli
