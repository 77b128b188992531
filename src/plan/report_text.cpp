#include "base/text.h"
#include "plan/plan.h"
#include "plan/report.h"

#include <fmt/format.h>

#include <algorithm>

namespace autocache::plan {
namespace {

constexpr std::size_t kNameWidth = 48;

class Writer {
 public:
  explicit Writer(Colour colour) : coloured_(colour == Colour::kAlways) {}

  std::string out;

  void line(std::string_view text = {}) {
    out += text;
    out += '\n';
  }

  [[nodiscard]] std::string paint(std::string_view code, std::string_view text) const {
    return coloured_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
  [[nodiscard]] std::string bold(std::string_view text) const { return paint("1", text); }
  [[nodiscard]] std::string dim(std::string_view text) const { return paint("2", text); }

  [[nodiscard]] std::string impact(Impact impact, std::size_t width = 0) const {
    constexpr const char* kCodes[] = {"2", "32", "36", "33", "35", "1;31", "1;37;41"};
    const std::string padded = fmt::format("{:<{}}", to_string(impact), width);
    return paint(kCodes[static_cast<std::size_t>(impact)], padded);
  }

 private:
  bool coloured_;
};

void write_change(const Change& change, Detail detail, std::size_t width, Writer& w) {
  const std::string_view mark = mark_of(change);
  const std::string_view code = mark == "+" ? "32" : mark == "-" ? "31" : "33";
  std::string line = "  " + w.paint(code, mark) + " ";
  if (detail == Detail::kPlan) line += w.impact(change.impact, 16);
  std::string name = change.path.empty() ? "(the object)" : change.display;
  if (!change.path.empty()) name = fmt::format("{:<{}}", name, width);
  line += name;
  if (!change.path.empty()) {
    line += " " + (change.before == change.after ? show(change.after)
                   : mark == "~"                 ? show(change.before) + " -> " + show(change.after)
                                 : show(mark == "+" ? change.after : change.before));
  }
  w.line(line);
}

void write_changes(const Plan& plan, Detail detail, Writer& w) {
  std::size_t width = 0;
  for (const Change& change : plan.changes) width = std::max(width, utf8_length(change.display));
  width = std::min(width, kNameWidth);
  const manifest::Id* last = nullptr;
  for (std::size_t i = 0; i < plan.changes.size(); ++i) {
    const Change& change = plan.changes[i];
    if (last == nullptr || *last != change.object) {
      if (last != nullptr) w.line();
      w.line(w.bold(manifest::to_string(change.object)));
    }
    last = &change.object;
    write_change(change, detail, width, w);
    const bool ends = i + 1 == plan.changes.size() || !continues(plan, i + 1);
    if (detail == Detail::kPlan && ends)
      w.line("      " + w.dim(change.effect + "  [" + std::string(change.rule) + "]"));
  }
}

void write_slots(const SlotSection& section, Writer& w) {
  w.line();
  w.line(w.bold(fmt::format("Slots of {}", section.name)) + "  " + slots_text(section));
  w.line("  " + w.dim(section.basis));
  std::size_t width = 5;
  for (const ShardSlots& shard : section.shards) width = std::max(width, shard.name.size());
  for (const ShardSlots& shard : section.shards) {
    w.line(fmt::format("  {:<{}}  {:>5} -> {:>5}  {}", shard.name, width, shard.before.size(),
                       shard.after.size(),
                       shard.after.empty() ? "" : show(Json(to_string(shard.after)), 60)));
  }
  for (const NamedMove& move : section.moves) {
    w.line(fmt::format("  {:<{}} => {:<{}}  {:>5} slots  {}", move.from, width, move.to, width,
                       move.slots.size(), show(Json(to_string(move.slots)), 60)));
  }
}

void write_steps(const Plan& plan, Writer& w) {
  if (plan.steps.empty()) return;
  w.line();
  w.line(w.bold("Steps"));
  const auto folders = folders_of(plan);
  bool uses_folders = false;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    uses_folders = uses_folders || !folders[i].empty();
    w.line(fmt::format("  {}. {}{}", i + 1, step.title,
                       step.by_hand ? w.paint("33", "  (by hand)") : std::string()));
    if (!step.detail.empty()) {
      for (const std::string_view part : split(step.detail, '\n')) w.line("     " + w.dim(part));
    }
    if (!step.pods.empty()) w.line("     Pods: " + join(step.pods, ", "));
    for (const std::string& command : step.commands)
      w.line("     $ " + with_folder(command, folders[i]));
  }
  if (uses_folders) w.line("  " + w.dim("--out DIR writes these folders and a runbook."));
}

}  // namespace

std::string to_text(const Plan& plan, Detail detail, Colour colour) {
  Writer w(colour);
  if (detail == Detail::kDiff) {
    write_changes(plan, detail, w);
    return w.out;
  }
  w.line(fmt::format("{} -> {}", plan.old_label, plan.new_label));
  w.line(
      fmt::format("{}  {}  {}", w.bold("Impact:"), w.impact(plan.impact), meaning_of(plan.impact)));
  w.line(plan.changes.empty() ? "No changes." : count_text(plan) + ".");
  for (const std::string& warning : plan.warnings) w.line(w.paint("1;33", "Warning: ") + warning);
  if (!plan.changes.empty()) {
    w.line();
    write_changes(plan, detail, w);
  }
  for (const SlotSection& section : plan.slots) write_slots(section, w);
  write_steps(plan, w);
  return w.out;
}

}  // namespace autocache::plan
