#pragma once

// The JSON Schema of a kind, for editors and CI.

#include "base/json_fwd.h"
#include "spec/schema.h"

namespace autocache::spec {

/// A JSON Schema (draft 2020-12) that describes one document of this kind. Unknown fields are
/// errors in it; rules between fields are not part of it, `autocache validate` checks those.
Json json_schema(const KindSchema& kind);

}  // namespace autocache::spec
