#include "cli/plan_options.h"

#include "cli/git.h"
#include "cli/inputs.h"
#include "cli/print.h"

#include <algorithm>

namespace autocache::cli {
namespace {

plan::Input read_input(const std::string& path,
                       const PlanOptions& options,
                       Io& io,
                       Diagnostics& diagnostics) {
  const std::size_t limit = options.request.max_bytes;
  plan::Input input;
  input.label = path == "-" ? "<stdin>" : path;
  auto texts = is_git_input(path) ? read_git(path, options.recursive, limit, diagnostics)
                                  : read_files({path}, options.recursive, limit, io, diagnostics);
  for (NamedText& text : texts)
    input.sources.push_back(make_source(std::move(text.name), std::move(text.text)));
  return input;
}

}  // namespace

void add_plan_options(CLI::App& app, PlanOptions& options) {
  app.add_option("OLD", options.before, "A file, a folder, git:REVISION:PATH, or - for stdin")
      ->required()
      ->type_name("");
  app.add_option("NEW", options.after, "The same for the new state")->required()->type_name("");
  app.add_flag("-R,--recursive", options.recursive, "Read folders below the given ones too");
  app.add_option("-n,--namespace", options.request.name_space, "Namespace of what names none")
      ->type_name("NAME");
  app.add_option("--kube-version", options.kube_version, "Release of Kubernetes [1.34]")
      ->type_name("VERSION")
      ->check(CLI::Validator(
          [](const std::string& text) {
            return plan::parse_kube_version(text) ? std::string()
                                                  : "must be a version such as 1.34";
          },
          ""));
  app.add_option_function<std::string>(
         "--hooks",
         [&options](const std::string& word) {
           options.request.hooks = word == "argocd" ? render::Hooks::kArgocd
                                   : word == "flux" ? render::Hooks::kFlux
                                   : word == "helm" ? render::Hooks::kHelm
                                                    : render::Hooks::kNone;
         },
         "Compare with the hook Jobs of this tool [as on the other side]")
      ->check(CLI::IsMember({"none", "argocd", "flux", "helm"}))
      ->type_name("none|argocd|flux|helm");
  app.add_option("--image-registry", options.request.image_registry,
                 "Registry host of the hook image in what specs render to")
      ->type_name("HOST");
  add_max_input_size(app, options.request.max_bytes);
  app.add_flag("--allow-empty", options.request.allow_empty, "Accept a side without any object");
  app.add_flag("--detailed-exitcode", options.detailed_exit_code, "Exit 2 if there are changes");
  add_color_option(app, options.colour);
}

std::optional<plan::Plan> make_plan(PlanOptions& options, Io& io) {
  if ((options.before == "-") + (options.after == "-") + (options.current == "-") > 1) {
    print_error(io, "only one input can be stdin");
    return std::nullopt;
  }
  Diagnostics diagnostics;
  if (!options.kube_version.empty())
    options.request.options.kube = *plan::parse_kube_version(options.kube_version);
  options.request.before = read_input(options.before, options, io, diagnostics);
  options.request.after = read_input(options.after, options, io, diagnostics);
  if (!options.current.empty()) {
    for (const NamedText& text :
         read_files({options.current}, false, options.request.max_bytes, io, diagnostics)) {
      options.request.current_nodes = make_source(text.name, text.text);
    }
  }
  plan::Outcome outcome;
  if (!has_errors(diagnostics)) outcome = plan::make_plan(options.request);
  diagnostics.insert(diagnostics.end(), outcome.diagnostics.begin(), outcome.diagnostics.end());
  print_diagnostics(io, diagnostics, options.colour);
  return std::move(outcome.plan);
}

ExitCode plan_usage_code(ExitCode code, const Arguments& arguments) {
  const bool detailed =
      std::find(arguments.begin(), arguments.end(), "--detailed-exitcode") != arguments.end();
  return detailed && code == ExitCode::kUsage ? ExitCode::kInput : code;
}

ExitCode plan_exit_code(const PlanOptions& options, const plan::Plan& plan) {
  // kUsage is 2: that both mean different things is the convention of --detailed-exitcode.
  return options.detailed_exit_code && !plan.changes.empty() ? ExitCode::kUsage : ExitCode::kOk;
}

}  // namespace autocache::cli
