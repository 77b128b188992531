#include "base/json.h"
#include "base/version.h"
#include "cli/arguments.h"
#include "spec/schema.h"

#include <ostream>

namespace autocache::cli {

ExitCode run_version(const Arguments& arguments, Io& io) {
  Parser parser("version",
                "Print the version of autocache and the kinds of resources that it knows",
                "  autocache version -o json\n");
  enum class Format { kText, kJson } format = Format::kText;
  add_choice<Format>(parser.app(), "-o,--output", format,
                     {{"text", Format::kText}, {"json", Format::kJson}}, "Output format [text]");
  if (const auto code = parser.parse(arguments, io)) return *code;

  if (format == Format::kText) {
    io.out << "autocache " << kVersion << '\n';
    return ExitCode::kOk;
  }
  Json resources = Json::array();
  for (const spec::KindSchema& kind : spec::kinds()) {
    resources.push_back({{"apiVersion", std::string(kind.group) + "/" + std::string(kind.version)},
                         {"kind", kind.kind}});
  }
  io.out << Json{{"version", kVersion}, {"resources", resources}}.dump(2) << '\n';
  return ExitCode::kOk;
}

}  // namespace autocache::cli
