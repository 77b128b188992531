#include "cli/arguments.h"
#include "cli/inputs.h"
#include "cli/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace autocache::cli {
namespace {

enum class Report { kText, kJson, kGithub, kSarif, kJunit };

void print_summary(const ValidateResult& result, Io& io) {
  const auto errors =
      std::count_if(result.diagnostics.begin(), result.diagnostics.end(),
                    [](const Diagnostic& d) { return d.severity == Severity::kError; });
  const auto warnings = static_cast<std::ptrdiff_t>(result.diagnostics.size()) - errors;
  io.out << fmt::format("{} valid, {} invalid: {} error{}, {} warning{}\n", result.resources,
                        result.invalid, errors, errors == 1 ? "" : "s", warnings,
                        warnings == 1 ? "" : "s");
}

}  // namespace

ExitCode run_validate(const Arguments& arguments, Io& io) {
  Parser parser(
      "validate",
      "Check specs without rendering them; reports every problem of every document at once",
      "  autocache validate cache.yaml\n"
      "  autocache validate -R clusters/ --strict\n"
      "  autocache validate -o github clusters/*.yaml\n"
      "  kubectl get autocache cache -o yaml | autocache validate -\n"
      "\nExit codes: 0 valid, 1 at least one error (or a warning with --strict), 2 wrong usage.\n");
  InputOptions inputs;
  add_input_options(parser.app(), inputs);
  Report report = Report::kText;
  add_choice<Report>(parser.app(), "-o,--output", report,
                     {{"text", Report::kText},
                      {"json", Report::kJson},
                      {"github", Report::kGithub},
                      {"sarif", Report::kSarif},
                      {"junit", Report::kJunit}},
                     "Form of the report [text, on stderr]");
  bool strict = false;
  parser.app().add_flag("--strict", strict, "Warnings fail too");
  bool quiet = false;
  parser.app().add_flag("-q,--quiet", quiet, "No summary on stdout");
  ColourMode colour = ColourMode::kAuto;
  add_color_option(parser.app(), colour);
  if (const auto code = parser.parse(arguments, io)) return *code;

  Diagnostics diagnostics;
  const SpecInput input = read_inputs(inputs, io, diagnostics);
  ValidateResult result = validate_specs(input);
  result.diagnostics.insert(result.diagnostics.begin(), diagnostics.begin(), diagnostics.end());

  std::vector<std::string> files;
  for (const NamedText& file : input.files) files.push_back(file.name);
  switch (report) {
    case Report::kText:
      print_diagnostics(io, result.diagnostics, colour);
      if (!quiet) print_summary(result, io);
      break;
    case Report::kJson:
      io.out << report_json(result.diagnostics);
      break;
    case Report::kGithub:
      io.out << report_github(result.diagnostics);
      break;
    case Report::kSarif:
      io.out << report_sarif(result.diagnostics);
      break;
    case Report::kJunit:
      io.out << report_junit(files, result.diagnostics);
      break;
  }
  const bool failed = has_errors(result.diagnostics) || (strict && !result.diagnostics.empty());
  return failed ? ExitCode::kInput : ExitCode::kOk;
}

}  // namespace autocache::cli
