#pragma once

// One form for all texts that mean the same Kubernetes object: what the API server adds is removed
// or filled in on both sides, quantities are canonical, nil and empty are the same. Source:
// Kubernetes 1.34 pkg/apis/*/v1/defaults.go.

#include "base/json_fwd.h"

namespace autocache::plan {

/// True if the API server has stored this object: it has a uid, a resourceVersion or managedFields.
bool is_live(const Json& object);

/// `object` without status and what only the server writes, with the server's defaults filled in.
/// The order of members and of list items is kept.
Json canonical(const Json& object);

/// Removes from `live`, an object that an API server has stored, what it chooses where a manifest
/// says nothing (clusterIP, nodePort, storageClassName ...) unless `other` says it too. Both are
/// canonical.
void drop_server_choices(Json& live, const Json& other);

}  // namespace autocache::plan
