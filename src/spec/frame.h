#pragma once

// Where a walk over nested values is, without a cost until somebody asks.

#include "base/diagnostic.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace autocache::spec {

/// One step from a value to one inside of it: a member by name, or an item by index. Lives on the
/// stack of the walk.
struct Frame {
  const Frame* parent = nullptr;
  std::string_view key;
  std::size_t index = 0;

  /// The JSON pointer of the value.
  [[nodiscard]] std::string pointer() const {
    if (parent == nullptr) {
      return {};
    }
    return key.data() != nullptr ? pointer_join(parent->pointer(), key)
                                 : pointer_join(parent->pointer(), std::to_string(index));
  }
};

}  // namespace autocache::spec
