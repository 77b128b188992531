#include "base/text.h"
#include "cli/arguments.h"
#include "cli/inputs.h"
#include "cli/output_directory.h"

#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <ostream>

namespace autocache::cli {
namespace {

struct Options {
  InputOptions inputs;
  RenderRequest request;
  std::vector<std::string> show_only;
  std::string output_dir;
  bool strict = false;
  ColourMode colour = ColourMode::kAuto;
};

void add_options(CLI::App& app, Options& options) {
  add_input_options(app, options.inputs);
  add_choice<OutputFormat>(app, "-o,--output", options.request.format,
                           {{"yaml", OutputFormat::kYaml},
                            {"json", OutputFormat::kJson},
                            {"ndjson", OutputFormat::kNdjson}},
                           "Output format [yaml]");
  app.add_option("--output-dir", options.output_dir,
                 "Write one file per object into this folder; with --hooks flux into "
                 "its folders gate, deploy and sync")
      ->type_name("DIR");
  app.add_option("-s,--show-only", options.show_only,
                 "Only objects that match KIND/NAME (may hold * and ?); repeatable")
      ->type_name("KIND/NAME")
      ->take_all()
      ->expected(1);
  app.add_flag("--include-crds", options.request.include_crds,
               "Also print the CustomResourceDefinition");
  app.add_flag("--include-resource", options.request.include_resource,
               "Also print the resource itself");
  add_choice<HookProfile>(app, "--hooks", options.request.hooks,
                          {{"none", HookProfile::kNone},
                           {"argocd", HookProfile::kArgocd},
                           {"flux", HookProfile::kFlux},
                           {"helm", HookProfile::kHelm}},
                          "Render the hook Jobs for this GitOps tool [none]");
  app.add_option("--image-registry", options.request.image_registry,
                 "Registry host of the hook image")
      ->type_name("HOST");
  app.add_flag("--allow-empty", options.request.allow_empty,
               "Accept an input without any AutoCache resource");
  app.add_flag("--strict", options.strict, "Warnings fail too");
  add_color_option(app, options.colour);
}

/// "StatefulSet/cache" matches "statefulset/cache", "statefulset/*" and "statefulset".
bool matches(const RenderedObject& object, const std::string& pattern) {
  const std::size_t slash = pattern.find('/');
  const std::string kind = to_lower(pattern.substr(0, slash));
  const std::string name = slash == std::string::npos ? "*" : pattern.substr(slash + 1);
  return fnmatch(kind.c_str(), to_lower(object.kind).c_str(), 0) == 0 &&
         fnmatch(name.c_str(), object.name.c_str(), 0) == 0;
}

/// Keeps what any of the patterns names; false (said on stderr) if a pattern names nothing.
bool keep_only(const std::vector<std::string>& patterns,
               std::vector<RenderedObject>& objects,
               Io& io) {
  if (patterns.empty()) return true;
  bool all_found = true;
  for (const std::string& pattern : patterns) {
    if (std::any_of(objects.begin(), objects.end(),
                    [&](const auto& o) { return matches(o, pattern); }))
      continue;
    all_found = false;
    std::string names;
    for (const RenderedObject& object : objects) {
      if (!names.empty()) names += ", ";
      if (names.size() > 400) {
        names += "...";
        break;
      }
      names += object.kind + "/" + object.name;
    }
    print_error(io, "no object matches " + pattern, "the objects are " + names);
  }
  std::erase_if(objects, [&](const RenderedObject& object) {
    return std::none_of(patterns.begin(), patterns.end(),
                        [&](const auto& p) { return matches(object, p); });
  });
  return all_found;
}

/// One folder; for Flux three, because each is applied by a Kustomization of its own.
Diagnostics write_output(const Options& options, std::vector<RenderedObject> objects) {
  const char* extension = options.request.format == OutputFormat::kYaml ? ".yaml" : ".json";
  if (options.request.hooks != HookProfile::kFlux)
    return write_directory(options.output_dir, objects, extension);
  std::map<std::string, std::vector<RenderedObject>> steps = {
      {"gate", {}}, {"deploy", {}}, {"sync", {}}};
  for (RenderedObject& object : objects)
    steps[object.step.empty() ? "deploy" : object.step].push_back(std::move(object));
  Diagnostics diagnostics;
  for (const auto& [step, of_step] : steps) {
    const Diagnostics written =
        write_directory(options.output_dir + "/" + step, of_step, extension);
    diagnostics.insert(diagnostics.end(), written.begin(), written.end());
  }
  return diagnostics;
}

/// The text of to_stream in pieces: it can be large.
void print_objects(const std::vector<RenderedObject>& objects,
                   OutputFormat format,
                   std::ostream& out) {
  constexpr std::size_t kPiece = 256 * 1024;
  if (format == OutputFormat::kJson) {
    out << to_stream(objects, format);
    return;
  }
  std::string piece;
  for (const RenderedObject& object : objects) {
    piece += object.text;
    if (piece.size() >= kPiece) {
      out << piece;
      piece.clear();
    }
  }
  out << piece;
}

}  // namespace

ExitCode run_render(const Arguments& arguments, Io& io) {
  Parser parser(
      "render", "Render specs to the Kubernetes manifests of their clusters",
      "  autocache render cache.yaml | kubectl apply -f -\n"
      "  autocache render clusters/ --namespace shop --output-dir manifests/\n"
      "  autocache render cache.yaml --set spec.replicas=6 --show-only statefulset\n"
      "  autocache render - -o json < cache.yaml\n"
      "\nExit codes: 0 fine, 1 the input is wrong (nothing was written), 2 wrong usage.\n");
  Options options;
  add_options(parser.app(), options);
  if (const auto code = parser.parse(arguments, io)) return *code;

  Diagnostics diagnostics;
  options.request.input = read_inputs(options.inputs, io, diagnostics);
  RenderResult result;
  if (diagnostics.empty()) {
    result = render_specs(options.request);
  } else {
    result.diagnostics = validate_specs(options.request.input).diagnostics;
  }
  result.diagnostics.insert(result.diagnostics.begin(), diagnostics.begin(), diagnostics.end());
  print_diagnostics(io, result.diagnostics, options.colour);
  if (has_errors(result.diagnostics) || (options.strict && !result.diagnostics.empty()))
    return ExitCode::kInput;
  if (!keep_only(options.show_only, result.objects, io)) return ExitCode::kInput;

  if (options.output_dir.empty()) {
    print_objects(result.objects, options.request.format, io.out);
    return ExitCode::kOk;
  }
  const Diagnostics written = write_output(options, std::move(result.objects));
  print_diagnostics(io, written, options.colour);
  return has_errors(written) ? ExitCode::kInput : ExitCode::kOk;
}

}  // namespace autocache::cli
