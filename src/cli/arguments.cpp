#include "cli/arguments.h"

#include "base/text.h"
#include "cli/complete.h"

#include <algorithm>
#include <ostream>
#include <vector>

namespace autocache::cli {
namespace {

/// The long and short option names of `app`, with their dashes.
std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

/// The first argument that looks like a long option and is none, or empty.
std::string unknown_option(const CLI::App& app, const Arguments& arguments) {
  const std::vector<std::string> names = option_names(app);
  for (const std::string& argument : arguments) {
    if (argument == "--") break;
    if (!argument.starts_with("--")) continue;
    std::string name = argument.substr(0, argument.find('='));
    if (std::find(names.begin(), names.end(), name) == names.end()) return name;
  }
  return {};
}

/// The options in the form that completion reads: see kListOptions.
void list_options(const CLI::App& app, std::ostream& out) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) continue;
    std::string names;
    for (const std::string& name : option->get_lnames())
      names += (names.empty() ? "--" : ",--") + name;
    for (const std::string& name : option->get_snames())
      names += (names.empty() ? "-" : ",-") + name;
    const bool is_flag = option->get_expected_max() == 0;
    out << names << '\t' << (is_flag ? std::string() : option->get_type_name()) << '\t'
        << option->get_description() << '\n';
  }
}

}  // namespace

Parser::Parser(std::string_view command, std::string_view summary, std::string_view examples)
    : app_(std::string(summary), "autocache " + std::string(command)), command_(command) {
  if (!examples.empty()) app_.footer("\nExamples:\n" + std::string(examples));
  app_.get_formatter()->column_width(34);
  app_.get_formatter()->label("REQUIRED", "");
  app_.set_help_flag("-h,--help", "Print this help");
}

std::optional<ExitCode> Parser::parse(const Arguments& arguments, Io& io) {
  if (arguments.size() == 1 && arguments.front() == kListOptions) {
    list_options(app_, io.out);
    return ExitCode::kOk;
  }
  Arguments reversed(arguments.rbegin(), arguments.rend());  // CLI11 takes them from the back
  try {
    app_.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    io.out << app_.help();
    return ExitCode::kOk;
  } catch (const CLI::ParseError& error) {
    const std::string unknown = unknown_option(app_, arguments);
    std::string hint = "run 'autocache " + command_ + " --help'";
    std::string message = error.what();
    if (!unknown.empty()) {
      message = "unknown option " + unknown;
      const std::vector<std::string> names = option_names(app_);
      const std::vector<std::string_view> views(names.begin(), names.end());
      if (const auto near = closest(unknown, views))
        hint = "did you mean " + std::string(*near) + "?";
    }
    print_error(io, message, hint);
    return ExitCode::kUsage;
  }
  return std::nullopt;
}

void add_color_option(CLI::App& app, ColourMode& mode) {
  add_choice<ColourMode>(
      app, "--color", mode,
      {{"auto", ColourMode::kAuto}, {"always", ColourMode::kAlways}, {"never", ColourMode::kNever}},
      "When to use colour [auto: on a terminal, unless NO_COLOR is set]");
}

}  // namespace autocache::cli
