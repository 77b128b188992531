#pragma once

// The defaults of one kind each; canonical.h puts them together.

#include "base/json_fwd.h"

#include <string_view>

namespace autocache::plan {

/// Sets `key` of an object unless it is there with a value.
void set_default(Json& object, std::string_view key, Json value);

/// Removes `key` if its value is `value`.
void drop_value(Json& object, std::string_view key, const Json& value);

/// Quantities of `object[key]`, a map from resource names, in canonical form.
void canonical_quantities(Json& object, std::string_view key);

/// A PodSpec, in a Pod, a template or a Job.
void default_pod_spec(Json& spec);

/// A claim, by itself or in a template of claims.
void default_claim_spec(Json& spec);

/// The spec (or, where the kind has none, the object) of the kinds that we know; others stay as
/// they are.
void default_object(std::string_view kind, Json& object);

}  // namespace autocache::plan
