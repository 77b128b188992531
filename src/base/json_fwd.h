#pragma once

#include <nlohmann/json_fwd.hpp>

namespace autocache {

/// A tree of values whose objects keep the order of insertion. Equality of two objects depends on
/// that order and `1 == 1.0` holds, so code that compares trees walks them itself.
using Json = nlohmann::ordered_json;

}  // namespace autocache
