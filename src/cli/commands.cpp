#include "cli/command.h"

#include <array>

namespace autocache::cli {
namespace {

constexpr std::array kCommands = {
    Command{"render", "Render specs to Kubernetes manifests", run_render},
    Command{"validate", "Check specs and report every problem", run_validate},
    Command{"plan", "Say what a change will do to running caches", run_plan},
    Command{"diff", "Show field by field what differs", run_diff},
    Command{"explain", "Show the documentation of a field", run_explain},
    Command{"init", "Write a commented starter spec", run_init},
    Command{"crd", "Print the CustomResourceDefinition", run_crd},
    Command{"schema", "Print the JSON Schema for editors", run_schema},
    Command{"argocd", "The commands of the Argo CD plugin", run_argocd},
    Command{"fn", "Render as a KRM function of kustomize or kpt", run_fn},
    Command{"chart", "Write a Helm chart of the manifests", run_chart},
    Command{"completion", "Print the completion script of a shell", run_completion},
    Command{"version", "Print the version", run_version},
};

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

}  // namespace autocache::cli
