#include "cli/arguments.h"
#include "spec/explain.h"

#include <ostream>

namespace autocache::cli {

ExitCode run_explain(const Arguments& arguments, Io& io) {
  Parser parser(
      "explain",
      "Show what a field means: type, default, limits, allowed values and the fields below it",
      "  autocache explain spec\n"
      "  autocache explain spec.storage.size\n"
      "  autocache explain spec.tieredStorage --recursive\n");
  std::string path;
  parser.app()
      .add_option("PATH", path, "Path of a field, with dots [the whole resource]")
      ->type_name("");
  bool recursive = false;
  parser.app().add_flag("--recursive", recursive, "List all fields below it");
  if (const auto code = parser.parse(arguments, io)) return *code;

  spec::ExplainOptions options;
  if (recursive) options.depth = spec::ExplainOptions::Depth::kRecursive;
  const Result<std::string> text = spec::explain(path, options);
  if (!text) {
    for (const Diagnostic& diagnostic : text.error())
      print_error(io, diagnostic.message, diagnostic.hint);
    return ExitCode::kInput;
  }
  io.out << *text;
  return ExitCode::kOk;
}

}  // namespace autocache::cli
