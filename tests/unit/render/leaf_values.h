#pragma once

// Values for every leaf of a schema, for tests that set each one.

#include "base/json.h"
#include "spec/schema.h"

#include <string>
#include <vector>

namespace autocache::testing {

/// A leaf of a schema: the members on the way to it; "*" stands for a list item or for a key of a
/// map.
struct Leaf {
  std::vector<std::string> path;
  const spec::Schema* schema = nullptr;

  std::string text() const;
};

/// All leaves below `schema`, in its order.
std::vector<Leaf> leaves(const spec::Schema& schema);

/// Different values of a leaf, valid as far as the leaf itself goes; a null stands for none. Where
/// only one value is valid, the other is not.
std::vector<Json> leaf_values(const spec::Schema& schema);

/// `target` with `value` at `leaf`; what lies on the way and is not there is made as small as the
/// schema allows.
void set_leaf(const spec::Schema& root, const Leaf& leaf, const Json& value, Json& target);

}  // namespace autocache::testing
