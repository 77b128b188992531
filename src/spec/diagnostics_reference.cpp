#include "spec/diagnostics_reference.h"

#include "spec/codes.h"
#include "yaml/codes.h"

#include <fmt/format.h>

namespace autocache::spec {

std::vector<CodeTable> code_tables() {
  CodeTable reading{"Reading YAML and JSON", {}};
  for (const auto& entry : yaml::kCodes) {
    reading.codes.emplace_back(entry.code, entry.summary);
  }
  CodeTable checking{"Checking specs", {}};
  for (const auto& entry : codes()) {
    checking.codes.emplace_back(entry.code, entry.summary);
  }
  return {reading, checking};
}

std::string diagnostics_reference(std::span<const CodeTable> tables) {
  std::string out =
      "# Diagnostics\n\n"
      "<!-- Written from the code by the build target update-docs. Do not edit. -->\n\n"
      "Every problem that autocache reports has one of these codes. A code keeps its meaning; a "
      "code that is no longer used is "
      "not used again.\n";
  for (const auto& table : tables) {
    out += fmt::format("\n## {}\n\n| Code | Meaning |\n|---|---|\n", table.title);
    for (const auto& [code, summary] : table.codes) {
      out += fmt::format("| {} | {} |\n", code, summary);
    }
  }
  return out;
}

}  // namespace autocache::spec
