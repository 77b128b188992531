#pragma once

// Reading a checked resource: members by path, absent ones as null or empty. The schema has already
// decided on types.

#include "base/json.h"
#include "render/build.h"
#include "spec/get.h"

#include <initializer_list>
#include <string>
#include <string_view>

namespace autocache::render {

/// The text at a path; empty if absent.
std::string text_field(const Json& object, std::initializer_list<std::string_view> path);

/// The members of the map of strings at a path, ordered by key: the order in which a spec lists
/// labels has no meaning.
StringMap map_field(const Json& object, std::initializer_list<std::string_view> path);

/// The items of the list at a path.
std::vector<Json> list_field(const Json& object, std::initializer_list<std::string_view> path);

/// `base` with the members of `over` in place of its own or after them; members that are objects in
/// both are merged too.
Json merged(Json base, const Json& over);

}  // namespace autocache::render
