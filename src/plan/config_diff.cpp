#include "plan/config_diff.h"

#include "base/text.h"
#include "directives/config_text.h"

#include <map>

namespace autocache::plan {
namespace {

using directives::Directive;
using directives::Kind;

struct Setting {
  std::vector<std::string> arguments;
  /// Texts of lines that each stand for themselves.
  std::vector<std::string> lines;
  const Directive* directive = nullptr;
};

bool accumulates(const Directive* directive) {
  return directive != nullptr &&
         (directive->kind == Kind::kList || directive->kind == Kind::kOutputLimits);
}

std::map<std::string, Setting> read_settings(const ConfigSide& side) {
  std::map<std::string, Setting> settings;
  for (const directives::ConfigLine& line : directives::read_config(side.text).lines) {
    const Directive* directive = directives::find(side.engine, side.version, line.name);
    const std::string name =
        directive != nullptr ? std::string(directive->name) : directives::canonical_name(line.name);
    Setting& setting = settings[name];
    setting.directive = directive;
    if (directive != nullptr && directive->kind == Kind::kLines) {
      setting.lines.push_back(directives::canonical_value(*directive, line.arguments));
      continue;
    }
    const bool clears = line.arguments.size() == 1 && line.arguments.front().empty();
    if (!accumulates(directive) || clears) setting.arguments.clear();
    setting.arguments.insert(setting.arguments.end(), line.arguments.begin(), line.arguments.end());
  }
  return settings;
}

std::string value_of(const Setting& setting) {
  if (!setting.lines.empty()) return join(setting.lines, "\n");
  if (setting.directive == nullptr) return join(setting.arguments, " ");
  return directives::canonical_value(*setting.directive, setting.arguments);
}

/// The line stays as it is, but the other release no longer knows it, or ignores it.
bool falls_away(const DirectiveChange& change) {
  if (change.old_directive == nullptr || change.old_directive->cls == directives::Class::kIgnored)
    return false;
  return change.new_directive == nullptr ||
         change.new_directive->cls == directives::Class::kIgnored;
}

}  // namespace

std::vector<DirectiveChange> diff_config(const ConfigSide& old_side, const ConfigSide& new_side) {
  const auto before = read_settings(old_side);
  const auto after = read_settings(new_side);
  std::map<std::string, DirectiveChange> changes;
  const auto entry = [&](const std::string& name) -> DirectiveChange& {
    DirectiveChange& change = changes[name];
    change.name = name;
    change.old_directive = directives::find(old_side.engine, old_side.version, name);
    change.new_directive = directives::find(new_side.engine, new_side.version, name);
    return change;
  };
  for (const auto& [name, setting] : before) {
    DirectiveChange& change = entry(name);
    change.before = value_of(setting);
    if (setting.directive != nullptr) change.old_directive = setting.directive;
  }
  for (const auto& [name, setting] : after) {
    DirectiveChange& change = entry(name);
    change.after = value_of(setting);
    change.new_directive = setting.directive;
  }

  std::vector<DirectiveChange> result;
  for (auto& [name, change] : changes) {
    if (change.before != change.after || falls_away(change)) result.push_back(std::move(change));
  }
  return result;
}

}  // namespace autocache::plan
