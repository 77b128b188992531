#include "base/quantity.h"
#include "cli/plan_options.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>

namespace autocache::cli {
namespace {

enum class Form { kText, kJson, kMarkdown, kHtml, kSvg };

struct Options {
  PlanOptions common;
  Form form = Form::kText;
  std::string max_impact;
  std::string out;
  bool rules = false;
};

void add_options(CLI::App& app, Options& options) {
  add_plan_options(app, options.common);
  plan::Options& numbers = options.common.request.options;
  add_choice<Form>(app, "-o,--output", options.form,
                   {{"text", Form::kText},
                    {"json", Form::kJson},
                    {"markdown", Form::kMarkdown},
                    {"html", Form::kHtml},
                    {"svg", Form::kSvg}},
                   "Form of the report [text]");
  app.add_option("--max-impact", options.max_impact, "Exit 3 if the impact is higher than this")
      ->type_name("LEVEL")
      ->check(CLI::IsMember(
          {"none", "live", "in-place", "rolling-restart", "scale", "recreate", "data-loss"}));
  app.add_option("--out", options.out, "Also write a folder for each step, and a runbook")
      ->type_name("DIR");
  app.add_option("--current", options.common.current,
                 "What CLUSTER NODES prints, to start from the running layout")
      ->type_name("FILE");
  app.add_option("--keys", numbers.keys, "How many keys the cache holds")
      ->check(CLI::NonNegativeNumber);
  app.add_option_function<std::string>(
         "--bytes",
         [&numbers](const std::string& text) {
           const auto quantity = Quantity::parse(text);
           if (!quantity || quantity->value() < 0)
             throw CLI::ValidationError("--bytes", "must be a size such as 20Gi, not " + text);
           numbers.bytes = quantity->value();
         },
         "How many bytes the cache holds")
      ->type_name("SIZE");
  app.add_option("--rate-limit", numbers.rate_limit_mbps,
                 "MB/s of slot moves [hook.rateLimitMBps of the spec]")
      ->check(CLI::NonNegativeNumber);
}

/// The table of rules needs no inputs.
void add_rules_option(CLI::App& app, Options& options, const Arguments& arguments) {
  app.add_flag("--rules", options.rules, "Print the table of rules; without OLD and NEW");
  const bool given = std::find(arguments.begin(), arguments.end(), "--rules") != arguments.end();
  if (!given) return;
  for (const char* name : {"OLD", "NEW"}) app.get_option(name)->required(false);
}

std::string report(const plan::Plan& plan, Form form, Colour colour) {
  switch (form) {
    case Form::kJson:
      return plan::to_json_text(plan);
    case Form::kMarkdown:
      return plan::to_markdown(plan);
    case Form::kHtml:
      return plan::to_html(plan);
    case Form::kSvg:
      return plan::to_svg(plan);
    case Form::kText:
      break;
  }
  return plan::to_text(plan, plan::Detail::kPlan, colour);
}

/// Writes the step folders. They must not be there yet: an old step among new ones would be applied
/// too.
bool write_steps(const std::string& folder, const plan::Plan& plan, Io& io) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (fs::exists(status) && !fs::is_directory(status)) {
    print_error(io, folder + " is not a folder");
    return false;
  }
  if (fs::exists(status) && !fs::is_empty(folder, error)) {
    print_error(io, folder + " is not empty", "name a folder that is not there yet");
    return false;
  }
  for (const auto& [name, text] : plan::to_files(plan)) {
    const fs::path path = fs::path(folder) / name;
    fs::create_directories(path.parent_path(), error);
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.close();
    if (!file) {
      print_error(io, "cannot write " + path.string());
      return false;
    }
  }
  return true;
}

}  // namespace

ExitCode run_plan(const Arguments& arguments, Io& io) {
  Parser parser(
      "plan", "Say what a change will do to running caches: restarts, slot moves, data loss",
      "  autocache plan git:main:clusters clusters\n"
      "  autocache plan old.yaml new.yaml -o markdown > comment.md\n"
      "  kubectl get sts,svc,cm,sa,pdb,pvc -o yaml | autocache plan - cache.yaml\n"
      "  autocache plan old.yaml new.yaml --max-impact rolling-restart\n"
      "  autocache plan old.yaml new.yaml --out steps/\n"
      "\nExit codes: 0 the plan was made, 1 an input is wrong, 2 wrong usage, 3 more than "
      "--max-impact;\n"
      "with --detailed-exitcode: 0 no changes, 2 changes, 1 any error.\n");
  Options options;
  add_options(parser.app(), options);
  add_rules_option(parser.app(), options, arguments);
  if (const auto code = parser.parse(arguments, io)) return plan_usage_code(*code, arguments);
  // Not CLI::Option::excludes: the help text names what it excludes in the order of addresses.
  if (options.rules && !options.common.before.empty()) {
    print_error(io, "--rules takes no inputs", "without OLD and NEW");
    return ExitCode::kUsage;
  }
  if (options.rules) {
    io.out << plan::rules_markdown();
    return ExitCode::kOk;
  }
  const auto plan = make_plan(options.common, io);
  if (!plan) return ExitCode::kInput;
  if (!options.out.empty() && !write_steps(options.out, *plan, io)) return ExitCode::kInput;
  io.out << report(*plan, options.form, output_colour(options.common.colour, io));
  const auto limit = plan::parse_impact(options.max_impact);
  if (limit && plan->impact > *limit) {
    print_error(io, "the impact " + std::string(to_string(plan->impact)) + " is higher than " +
                        options.max_impact);
    return ExitCode::kImpactExceeded;
  }
  return plan_exit_code(options.common, *plan);
}

}  // namespace autocache::cli
