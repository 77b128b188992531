#pragma once

// Manifest templates to C++ code. A template is read as YAML first and values are placed into its
// tree, so that no indentation or quoting error is possible; the code builds that tree from the
// members of a typed model, so that a name that does not exist is an error of the compiler at the
// template's own line.
//
// A template is one YAML document whose scalars may hold `${path}`: the path names a member of the
// model or of a loop variable. Alone in a scalar the placeholder keeps the type of the value;
// inside text it becomes text. `${path?}` leaves the member or item out if the value is absent or
// empty. Mappings may have these keys:
//   $if: path           the mapping exists only if the value is true or not empty (`$if: not path`:
//   if it is not) $for: x in path     the mapping (a list item or the whole document) is repeated
//   with x as each element $splice: path       the members of a map become members; as the only key
//   of a list item: the items of a list become items
// A mapping or list that becomes empty because of these is left out; one that is written empty
// (`emptyDir: {}`) stays. Anything harder belongs into the model.

#include "base/diagnostic.h"
#include "base/source.h"

#include <string>
#include <vector>

namespace autocache::templategen {

/// How the generated code fits into the program.
struct Target {
  /// Header that declares `Model` and `void add_manifests(const Model&, std::vector<Json>&)`.
  std::string header;
  /// Namespace of both.
  std::string name_space;
};

struct Generated {
  /// C++ source that defines `add_manifests`: the documents of the templates in the order given.
  std::string code;
  /// Every problem of every template; with errors, `code` is of no use.
  Diagnostics diagnostics;
};

/// The code for `templates`.
Generated generate(const std::vector<SourcePtr>& templates, const Target& target);

}  // namespace autocache::templategen
