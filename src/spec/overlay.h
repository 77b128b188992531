#pragma once

// Changes to a document before it is checked: `--set`, `--set-string` and overlay files. They work
// on what was written, so that a later problem points into the overlay or the argument that caused
// it.

#include "base/diagnostic.h"
#include "base/result.h"
#include "yaml/node.h"

#include <string>
#include <string_view>
#include <vector>

namespace autocache::spec {

/// Applies `patch` to `base` as a JSON merge patch (RFC 7396): mappings merge, null removes, all
/// else replaces. `base` keeps the sources of `patch` alive.
void merge_patch(yaml::Document& base, const yaml::Document& patch);

/// How the value of an assignment is read.
enum class SetType {
  kYaml,    ///< as a YAML scalar, or as a flow list or mapping (`[1, 2]`, `{a: b}`)
  kString,  ///< as text, whatever it looks like
};

/// One step of a path: a member, or an item if `key` is empty.
struct PathStep {
  std::string key;
  std::size_t index = 0;
  Position at;
};

/// `path=value`, read.
struct Assignment {
  SourcePtr source;
  std::vector<PathStep> path;
  yaml::Node value;
};

/// Reads `a.b[0].c=value`; a dot inside a name is written `\.`. `option` names the source in
/// diagnostics: "--set".
Result<Assignment> parse_set(std::string_view option, std::string_view argument, SetType type);

/// Sets the value in `base`, with all mappings on the way; an index may be that of an item or the
/// one after the last. A plain null removes the member. Reports what stands in the way, and then
/// changes nothing.
Diagnostics apply_set(yaml::Document& base, const Assignment& assignment);

}  // namespace autocache::spec
