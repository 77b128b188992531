#include "cli/kinds.h"

#include "base/text.h"
#include "cli/arguments.h"

namespace autocache::cli {

void add_kind_option(CLI::App& app, std::string& kind) {
  kind = std::string(spec::kinds().front().kind);
  app.add_option("--kind", kind, "Kind of resource [" + kind + "]")->type_name("KIND");
}

const spec::KindSchema* select_kind(const std::string& kind, Io& io) {
  std::string known;
  for (const spec::KindSchema& candidate : spec::kinds()) {
    if (to_lower(candidate.kind) == to_lower(kind)) return &candidate;
    known += (known.empty() ? "" : ", ") + std::string(candidate.kind);
  }
  print_error(io, "unknown kind " + kind, "the kinds are " + known);
  return nullptr;
}

}  // namespace autocache::cli
