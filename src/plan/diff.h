#pragma once

// What differs between two objects in canonical form, field by field.

#include "base/json.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autocache::plan {

/// One field that was added, removed or given another value. A map or list that one side lacks is
/// one change, not one each leaf.
struct FieldChange {
  /// JSON pointer into the new object, into the old one for what was removed.
  std::string pointer;
  /// The same for people: list items by their name, `spec.template.spec.containers[cache].image`.
  std::string display;
  std::optional<Json> before;
  std::optional<Json> after;
};

/// The differences in the order of the new object, then what was removed. Items of lists with a
/// merge key (containers and env by name, ports by number ...) are matched by it; if their order
/// differs too, that is one more change of the whole list with the names as its values. Other lists
/// are compared item by item.
std::vector<FieldChange> diff(const Json& old_value, const Json& new_value);

/// Equal as values: the order of members does not count, 1 and 1.0 differ.
bool same(const Json& a, const Json& b);

}  // namespace autocache::plan
