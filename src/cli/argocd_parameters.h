#pragma once

// What an Argo CD Application hands to its plugin: the parameters, and what the plugin announces
// for the user interface. The wire forms are those of Argo CD (cmpserver/plugin/plugin.go,
// reposerver/repository/repository.proto).

#include "base/json_fwd.h"
#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace autocache::cli {

/// The parameters of `spec.source.plugin.parameters`, all optional.
struct PluginParameters {
  /// Files, folders or globs to read, relative to the application's folder; empty: the folder.
  std::vector<std::string> files;
  /// Overlay files, in order.
  std::vector<std::string> values;
  /// `path=value` overrides of a field: those whose value is text, whatever it looks like, and the
  /// others.
  std::vector<std::string> set_string;
  std::vector<std::string> set;
  bool include_resource = false;
  bool include_crds = false;
};

/// Reads ARGOCD_APP_PARAMETERS, a JSON array; an empty text and `null` are no parameters, and every
/// leaf is a string. A parameter named by a field path ("spec.replicas") sets that field, as an
/// entry of the map `set` does. Unknown names, wrong collection types and unknown fields are
/// errors.
Result<PluginParameters> parse_parameters(std::string_view json);

/// The announcements: an array of what parse_parameters knows, with one entry for each
/// single-valued field of the schema. `resource` gives the values that the fields have now; null:
/// their defaults.
Json announcements(const Json* resource);

}  // namespace autocache::cli
