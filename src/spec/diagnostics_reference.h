#pragma once

// The reference of all diagnostics as Markdown: docs/diagnostics.md.

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autocache::spec {

/// The codes of one part of autocache with their meanings, in order.
struct CodeTable {
  std::string_view title;
  std::vector<std::pair<std::string_view, std::string_view>> codes;
};

/// The codes of reading YAML and of checking specs.
std::vector<CodeTable> code_tables();

/// One section for each table.
std::string diagnostics_reference(std::span<const CodeTable> tables);

}  // namespace autocache::spec
