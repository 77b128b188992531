#pragma once

// A Helm chart around rendered manifests. The manifests are final: nothing in them is a template.

#include <string>
#include <string_view>

namespace autocache::cli {

/// `manifest` as the text of a chart template that renders to it: what Helm would take for an
/// action is printed by one.
std::string escape_template(std::string_view manifest);

/// Chart.yaml.
std::string chart_yaml(std::string_view name, std::string_view version);

}  // namespace autocache::cli
