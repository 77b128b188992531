#include "base/text.h"
#include "plan/plan.h"
#include "plan/report.h"

#include <fmt/format.h>

#include <algorithm>

namespace autocache::plan {
namespace {

std::string runbook(const Plan& plan) {
  std::string out = fmt::format("# {} -> {}\n\nImpact: {}. {}\n", plan.old_label, plan.new_label,
                                to_string(plan.impact), meaning_of(plan.impact));
  for (const std::string& warning : plan.warnings) out += "\nWarning: " + warning + ".\n";
  out += "\nRun the steps in this order, each after the one before is done.\n";
  const auto folders = folders_of(plan);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    out += fmt::format("\n## {}. {}{}\n", i + 1, step.title, step.by_hand ? " (by hand)" : "");
    if (!step.detail.empty()) {
      out += '\n';
      for (const std::string_view line : split(step.detail, '\n'))
        out += fmt::format("- {}\n", line);
    }
    if (!step.pods.empty()) out += "\nPods, in this order: " + join(step.pods, ", ") + "\n";
    if (step.commands.empty()) continue;
    out += "\n```sh\n";
    for (const std::string& command : step.commands) out += with_folder(command, folders[i]) + '\n';
    out += "```\n";
  }
  return out;
}

}  // namespace

std::map<std::string, std::string> to_files(const Plan& plan) {
  std::map<std::string, std::string> files;
  files["RUNBOOK.md"] = runbook(plan);
  const auto folders = folders_of(plan);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    // kubectl applies the files of a folder in the order of their names.
    const auto& objects = plan.steps[i].objects;
    const std::size_t width = std::max<std::size_t>(2, std::to_string(objects.size()).size());
    std::size_t number = 0;
    for (const Json& object : objects) {
      files[fmt::format("{}/{:0{}}-{}", folders[i], ++number, width, manifest::file_name(object))] =
          manifest::write({object}, manifest::Format::kYaml);
    }
  }
  return files;
}

}  // namespace autocache::plan
