#pragma once

// Kubernetes objects as values: identity, canonical order, text. Knows no kind of ours.

#include "base/json.h"

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace autocache::manifest {

/// What the API server tells objects apart by. The version is left out: v1 and v1beta1 of one
/// object are the same object.
struct Id {
  std::string group;
  std::string kind;
  std::string name_space;
  std::string name;

  // NOLINTNEXTLINE(modernize-use-nullptr): a false alarm of clang-tidy 14
  auto operator<=>(const Id&) const = default;
};

/// The identity of an object; missing parts are empty.
Id id_of(const Json& object);

/// "StatefulSet/shop/cache" or, cluster-scoped, "Namespace/shop".
std::string to_string(const Id& id);

/// Position of a kind in the order of application: Namespace and CRD first, Jobs last; kinds not in
/// the table come after all.
int kind_rank(std::string_view kind);

/// Orders by kind rank, then kind, namespace and name. Stable.
void sort(std::vector<Json>& objects);

enum class Format { kYaml, kJson, kNdjson };

/// One object as text, ending in a newline: YAML started by `---`, indented JSON, or one line of
/// JSON.
std::string write_one(const Json& object, Format format);

/// All objects as text: YAML documents each started by `---`; JSON: a v1 List (indented); NDJSON:
/// one compact object a line.
std::string write(const std::vector<Json>& objects, Format format);

/// `<kind>-<name>.yaml` in lower case.
std::string file_name(const Json& object);

}  // namespace autocache::manifest
