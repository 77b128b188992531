#pragma once

// Whose fields an object of the API server holds.

#include "base/json_fwd.h"

namespace autocache::plan {

/// Removes from `live` labels and annotations that `other` does not have and that no apply has set:
/// those of controllers and people, which an apply leaves alone. `written` is the object as the
/// server printed it, with its managedFields or last-applied annotation.
void drop_foreign_metadata(Json& live, const Json& written, const Json& other);

}  // namespace autocache::plan
