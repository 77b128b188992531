#include "cli/arguments.h"
#include "cli/chart.h"
#include "cli/codes.h"
#include "cli/inputs.h"
#include "cli/output_directory.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>

namespace autocache::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kValues =
    "# This chart has no values: its templates are the manifests of an AutoCache spec.\n"
    "# Change the spec, and write the chart again with `autocache chart`.\n";

struct Options {
  InputOptions inputs;
  RenderRequest request;
  std::string output_dir;
  std::string name;
  std::string version = "0.1.0";
  ColourMode colour = ColourMode::kAuto;
};

void add_options(CLI::App& app, Options& options) {
  add_input_options(app, options.inputs);
  app.add_option("--output-dir", options.output_dir, "Folder of the chart")
      ->required()
      ->type_name("DIR");
  app.add_option("--name", options.name, "Name of the chart [the folder's name]")
      ->type_name("NAME");
  app.add_option("--version", options.version, "Version of the chart [0.1.0]")
      ->type_name("VERSION");
  app.add_option("--image-registry", options.request.image_registry,
                 "Registry host of the hook image")
      ->type_name("HOST");
  add_color_option(app, options.colour);
}

Diagnostics write_file(const fs::path& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (out) return {};
  Diagnostic diagnostic;
  diagnostic.code = kCannotWrite;
  diagnostic.at.file = path.string();
  diagnostic.message = "cannot write";
  return {diagnostic};
}

Diagnostics write_chart(const Options& options, const std::vector<RenderedObject>& objects) {
  const fs::path folder(options.output_dir);
  Diagnostics diagnostics = write_directory((folder / "templates").string(), objects, ".yaml");
  if (has_errors(diagnostics)) return diagnostics;
  std::string name = options.name;
  if (name.empty()) name = fs::absolute(folder / ".").parent_path().filename().string();
  for (const auto& [file, text] :
       {std::pair<const char*, std::string>{"Chart.yaml", chart_yaml(name, options.version)},
        {"values.yaml", std::string(kValues)}}) {
    const Diagnostics written = write_file(folder / file, text);
    diagnostics.insert(diagnostics.end(), written.begin(), written.end());
  }
  return diagnostics;
}

}  // namespace

ExitCode run_chart(const Arguments& arguments, Io& io) {
  Parser parser("chart",
                "Write a Helm chart whose templates are the rendered manifests, with Helm hooks",
                "  autocache chart cache.yaml --output-dir charts/cache\n"
                "  helm upgrade --install cache charts/cache --namespace shop\n");
  Options options;
  options.request.hooks = HookProfile::kHelm;
  add_options(parser.app(), options);
  if (const auto code = parser.parse(arguments, io)) return *code;

  Diagnostics diagnostics;
  options.request.input = read_inputs(options.inputs, io, diagnostics);
  RenderResult result;
  if (diagnostics.empty()) result = render_specs(options.request);
  diagnostics.insert(diagnostics.end(), result.diagnostics.begin(), result.diagnostics.end());
  print_diagnostics(io, diagnostics, options.colour);
  if (has_errors(diagnostics)) return ExitCode::kInput;

  for (RenderedObject& object : result.objects) object.text = escape_template(object.text);
  const Diagnostics written = write_chart(options, result.objects);
  print_diagnostics(io, written, options.colour);
  return has_errors(written) ? ExitCode::kInput : ExitCode::kOk;
}

}  // namespace autocache::cli
