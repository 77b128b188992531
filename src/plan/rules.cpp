#include "plan/rules.h"

#include "base/text.h"

namespace autocache::plan {
namespace {

bool path_matches(std::string_view pattern, const std::vector<std::string>& path) {
  if (pattern.empty()) return path.empty();
  const auto tokens = split(pattern, '/');
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] == "**") return true;
    if (i == path.size()) return false;
    if (tokens[i] != "*" && tokens[i] != path[i]) return false;
  }
  return tokens.size() == path.size();
}

bool matches(const Rule& rule, const Match& match) {
  if (rule.kind != "*" && rule.kind != match.kind) return false;
  const int minor = match.options->kube.minor;
  if (minor < rule.kube.since || minor > rule.kube.until) return false;
  return path_matches(rule.path, match.path) && (rule.when == nullptr || rule.when(match));
}

}  // namespace

std::vector<std::span<const Rule>> rule_tables() {
  return {workload_rules(), object_rules(), directive_rules(), spec_rules(), fallback_rules()};
}

const Rule& classify(const Match& match) {
  for (const auto table : rule_tables()) {
    for (const Rule& rule : table) {
      if (matches(rule, match)) return rule;
    }
  }
  return fallback_rules().back();
}

}  // namespace autocache::plan
