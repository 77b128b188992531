#pragma once

// Values inside a tree, by path, without throwing: what is not there, or has another type, is
// empty.

#include "base/json_fwd.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace autocache::spec {

using Path = std::initializer_list<std::string_view>;

/// The value at `path`, or null (the JSON one).
const Json& get(const Json& tree, Path path);

/// The text at `path`, or empty.
std::string_view get_text(const Json& tree, Path path);

std::optional<std::int64_t> get_integer(const Json& tree, Path path);

/// True if there is `true` at `path`.
bool get_flag(const Json& tree, Path path);

/// True if there is anything at `path`.
bool has(const Json& tree, Path path);

}  // namespace autocache::spec
