#include "plan/report.h"

#include "base/text.h"

#include <fmt/format.h>

#include <cmath>
#include <set>

namespace autocache::plan {

std::string show(const std::optional<Json>& value, std::size_t limit) {
  if (!value) return "(none)";
  std::string text = value->is_string() ? value->get<std::string>() : value->dump();
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) c = ' ';
  }
  if (text.empty()) return "\"\"";
  if (utf8_length(text) <= limit) return text;
  return text.substr(0, utf8_floor(text, limit - 3)) + "...";
}

std::string_view mark_of(const Change& change) {
  if (change.path.empty()) return change.rule.ends_with("added") ? "+" : "-";
  if (!change.before) return "+";
  return change.after ? "~" : "-";
}

bool continues(const Plan& plan, std::size_t index) {
  if (index == 0) return false;
  const Change& a = plan.changes[index - 1];
  const Change& b = plan.changes[index];
  return a.object == b.object && a.rule == b.rule && a.effect == b.effect && a.impact == b.impact;
}

std::string count_text(const Plan& plan) {
  std::set<manifest::Id> objects;
  for (const Change& change : plan.changes) objects.insert(change.object);
  const auto plural = [](std::size_t n) { return n == 1 ? "" : "s"; };
  return fmt::format("{} change{} in {} object{}", plan.changes.size(), plural(plan.changes.size()),
                     objects.size(), plural(objects.size()));
}

std::string_view meaning_of(Impact impact) {
  switch (impact) {
    case Impact::kNone:
      return "Nothing happens to the running cache.";
    case Impact::kLive:
      return "The running servers take it; no Pod restarts.";
    case Impact::kInPlace:
      return "Objects are updated; no Pod restarts.";
    case Impact::kRollingRestart:
      return "Pods restart one after the other.";
    case Impact::kScale:
      return "Nodes are added or removed; slots move.";
    case Impact::kRecreate:
      return "An object has to be deleted and created anew.";
    case Impact::kDataLoss:
      return "Keys are lost unless somebody acts first.";
  }
  return "";
}

std::string bytes_text(std::int64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::ceil(seconds));
  if (whole < 120) return fmt::format("{} s", whole);
  const std::int64_t minutes = (whole + 59) / 60;
  if (minutes < 120) return fmt::format("{} min", minutes);
  return fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

std::string slots_text(const SlotSection& section) {
  std::string text = fmt::format("{} slots move ({:.1f}%)", section.moved,
                                 100.0 * section.moved / hook::kSlotCount);
  if (section.estimate.keys) text += fmt::format(", about {} keys", *section.estimate.keys);
  if (section.estimate.bytes) text += ", about " + bytes_text(*section.estimate.bytes);
  if (section.estimate.seconds) {
    text += fmt::format(", at least {} ({})", duration_text(*section.estimate.seconds),
                        section.estimate.basis);
  }
  return text;
}

int moved_slots(const Plan& plan) {
  int moved = 0;
  for (const SlotSection& section : plan.slots) moved += section.moved;
  return moved;
}

std::vector<std::string> restarted_pods(const Plan& plan) {
  std::vector<std::string> pods;
  for (const Step& step : plan.steps) pods.insert(pods.end(), step.pods.begin(), step.pods.end());
  return pods;
}

std::vector<std::string> folders_of(const Plan& plan) {
  const std::size_t width = std::to_string(plan.steps.size()).size();
  std::vector<std::string> folders;
  std::size_t number = 0;
  for (const Step& step : plan.steps) {
    ++number;
    folders.push_back(step.objects.empty() ? std::string()
                                           : fmt::format("{:0{}}-{}", number, width, step.phase));
  }
  return folders;
}

std::string with_folder(std::string command, const std::string& folder) {
  constexpr std::string_view kPlace = "DIR";
  if (command.ends_with(kPlace))
    command.replace(command.size() - kPlace.size(), kPlace.size(), folder + "/");
  return command;
}

}  // namespace autocache::plan
