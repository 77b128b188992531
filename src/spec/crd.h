#pragma once

// The CustomResourceDefinition of a kind.

#include "base/json_fwd.h"
#include "spec/schema.h"

namespace autocache::spec {

/// The CustomResourceDefinition (apiextensions.k8s.io/v1): a structural schema with defaults and
/// rules, the status and scale subresources and the printer columns. It says all that the API
/// server would add, so that a diff after apply is empty, and stays below the 262,144 bytes of
/// kubectl's last-applied annotation.
Json crd(const KindSchema& kind);

}  // namespace autocache::spec
