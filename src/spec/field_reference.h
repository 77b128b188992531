#pragma once

// The reference of all fields as Markdown: docs/fields.md.

#include "spec/schema.h"

#include <string>

namespace autocache::spec {

/// One table for each object of the kind, in schema order, from `spec` and `status` down; a type
/// that appears at several places is described at the first one and linked from the others.
std::string field_reference(const KindSchema& kind);

}  // namespace autocache::spec
