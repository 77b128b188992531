#include "base/text.h"
#include "plan/plan.h"
#include "plan/report.h"

#include <fmt/format.h>

namespace autocache::plan {
namespace {

std::string runbook(const Plan& plan) {
  std::string out = fmt::format("# {} -> {}\n\nImpact: {}. {}\n", plan.old_label, plan.new_label,
                                to_string(plan.impact), meaning_of(plan.impact));
  for (const std::string& warning : plan.warnings) out += "\nWarning: " + warning + ".\n";
  out += "\nRun the steps in this order, each after the one before is done.\n";
  std::size_t number = 0;
  std::size_t folder_number = 0;
  for (const Step& step : plan.steps) {
    const std::string folder =
        step.objects.empty() ? std::string() : folder_of(++folder_number, step);
    out += fmt::format("\n## {}. {}\n", ++number, step.title);
    if (!step.detail.empty()) {
      out += '\n';
      for (const std::string_view line : split(step.detail, '\n'))
        out += fmt::format("- {}\n", line);
    }
    if (!step.pods.empty()) out += "\nPods, in this order: " + join(step.pods, ", ") + "\n";
    if (step.commands.empty()) continue;
    out += "\n```sh\n";
    for (const std::string& command : step.commands) out += with_folder(command, folder) + '\n';
    out += "```\n";
  }
  return out;
}

}  // namespace

std::map<std::string, std::string> to_files(const Plan& plan) {
  std::map<std::string, std::string> files;
  files["RUNBOOK.md"] = runbook(plan);
  std::size_t folder_number = 0;
  for (const Step& step : plan.steps) {
    if (step.objects.empty()) continue;
    const std::string folder = folder_of(++folder_number, step);
    std::size_t number = 0;
    for (const Json& object : step.objects) {
      // kubectl applies the files of a folder in the order of their names.
      files[fmt::format("{}/{:02}-{}", folder, ++number, manifest::file_name(object))] =
          manifest::write({object}, manifest::Format::kYaml);
    }
  }
  return files;
}

}  // namespace autocache::plan
