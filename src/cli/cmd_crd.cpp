#include "base/json.h"
#include "cli/arguments.h"
#include "cli/kinds.h"
#include "manifest/manifest.h"
#include "spec/crd.h"

#include <ostream>

namespace autocache::cli {

ExitCode run_crd(const Arguments& arguments, Io& io) {
  Parser parser("crd", "Print the CustomResourceDefinition of a kind",
                "  autocache crd | kubectl apply -f -\n");
  auto format = manifest::Format::kYaml;
  add_choice<manifest::Format>(
      parser.app(), "-o,--output", format,
      {{"yaml", manifest::Format::kYaml}, {"json", manifest::Format::kJson}},
      "Output format [yaml]");
  std::string kind;
  add_kind_option(parser.app(), kind);
  if (const auto code = parser.parse(arguments, io)) return *code;

  const spec::KindSchema* selected = select_kind(kind, io);
  if (selected == nullptr) return ExitCode::kUsage;
  io.out << manifest::write_one(spec::crd(*selected), format);
  return ExitCode::kOk;
}

}  // namespace autocache::cli
