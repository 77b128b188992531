#include "base/json.h"
#include "cli/arguments.h"
#include "cli/kinds.h"
#include "spec/json_schema.h"

#include <ostream>

namespace autocache::cli {

ExitCode run_schema(const Arguments& arguments, Io& io) {
  Parser parser("schema",
                "Print the JSON Schema (2020-12) of a kind, for editors and other validators",
                "  autocache schema > autocache.schema.json\n");
  std::string kind;
  add_kind_option(parser.app(), kind);
  if (const auto code = parser.parse(arguments, io)) return *code;

  const spec::KindSchema* selected = select_kind(kind, io);
  if (selected == nullptr) return ExitCode::kUsage;
  io.out << spec::json_schema(*selected).dump(2) << '\n';
  return ExitCode::kOk;
}

}  // namespace autocache::cli
