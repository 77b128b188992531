#include "plan/plan.h"
#include "plan/rules.h"

#include <fmt/format.h>

namespace autocache::plan {
namespace {

/// `|` and `*` mean something in a table of Markdown.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '_') out += '\\';
    out += c;
  }
  return out;
}

std::string window(const KubeWindow& kube) {
  if (kube.since == 0 && kube.until == 1000) return "";
  if (kube.until == 1000) return fmt::format("1.{}+", kube.since);
  return fmt::format("1.{}-1.{}", kube.since, kube.until);
}

}  // namespace

std::string rules_markdown() {
  std::string out =
      "| rule | impact | object | field | what happens | to do | Kubernetes | source "
      "|\n|---|---|---|---|---|---|---|---|\n";
  for (const auto table : rule_tables()) {
    for (const Rule& rule : table) {
      out += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", rule.id,
                         to_string(rule.impact), cell(rule.kind),
                         rule.path.empty() ? "(whole)" : cell(rule.path), cell(rule.effect),
                         cell(rule.todo), window(rule.kube), cell(rule.source));
    }
  }
  return out;
}

}  // namespace autocache::plan
