#include "base/text.h"
#include "plan/plan.h"
#include "plan/report.h"

#include <fmt/format.h>

namespace autocache::plan {
namespace {

/// GitHub cuts comments at 65,536 characters; the rest is said to be left out.
constexpr std::size_t kMaxRows = 150;

/// Text for a table cell: no markup of its own.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_{}[]<>|#!~").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string code(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '`' ? '\'' : c == '\n' ? ' ' : c;
  }
  return "`" + out + "`";
}

std::string_view sign_of(Impact impact) {
  constexpr std::string_view kSigns[] = {"⚪", "🟢", "🔵", "🟡", "🟣", "🟠", "🔴"};
  return kSigns[static_cast<std::size_t>(impact)];
}

void write_changes(const Plan& plan, std::string& out) {
  out += "\n| impact | object | field | before | after |\n|---|---|---|---|---|\n";
  std::size_t rows = 0;
  for (const Change& change : plan.changes) {
    if (++rows > kMaxRows) break;
    const std::string field = change.path.empty()
                                  ? std::string(mark_of(change) == "+" ? "created" : "deleted")
                                  : code(change.display);
    const auto value = [&](const std::optional<Json>& v) {
      return change.path.empty() || !v ? std::string() : code(show(v, 60));
    };
    out += fmt::format("| {} {} | {} | {}<br>{} | {} | {} |\n", sign_of(change.impact),
                       to_string(change.impact), cell(manifest::to_string(change.object)), field,
                       cell(change.effect), value(change.before), value(change.after));
  }
  if (plan.changes.size() > kMaxRows)
    out += fmt::format("\n{} more changes are left out here.\n", plan.changes.size() - kMaxRows);
}

void write_slots(const SlotSection& section, std::string& out) {
  out += fmt::format("\n**Slots of {}**: {}\n\n| shard | before | after |\n|---|---:|---:|\n",
                     cell(section.name), slots_text(section));
  for (const ShardSlots& shard : section.shards) {
    out += fmt::format("| {} | {} | {} |\n", cell(shard.name), shard.before.size(),
                       shard.after.size());
  }
}

void write_steps(const Plan& plan, std::string& out) {
  out += "\n<details><summary>Steps</summary>\n\n";
  const auto folders = folders_of(plan);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    out += fmt::format("{}. {}{}\n", i + 1, cell(step.title), step.by_hand ? " **(by hand)**" : "");
    if (!step.detail.empty()) {
      for (const std::string_view line : split(step.detail, '\n'))
        out += fmt::format("   - {}\n", cell(line));
    }
    if (!step.pods.empty()) out += "   - Pods: " + cell(join(step.pods, ", ")) + "\n";
    if (step.commands.empty()) continue;
    out += "   ```sh\n";
    for (const std::string& command : step.commands)
      out += "   " + with_folder(command, folders[i]) + "\n";
    out += "   ```\n";
  }
  out += "\n</details>\n";
}

}  // namespace

std::string to_markdown(const Plan& plan) {
  std::string out =
      fmt::format("### {} {}\n\n{} {}.\n", sign_of(plan.impact), to_string(plan.impact),
                  meaning_of(plan.impact), plan.changes.empty() ? "No changes" : count_text(plan));
  for (const std::string& warning : plan.warnings)
    out += "\n> **Warning:** " + cell(warning) + "\n";
  if (!plan.changes.empty()) write_changes(plan, out);
  for (const SlotSection& section : plan.slots) write_slots(section, out);
  if (!plan.steps.empty()) write_steps(plan, out);
  return out;
}

}  // namespace autocache::plan
