#pragma once

// The metadata of an object: what we keep, what a live object carries besides, and its limits.

#include "base/json_fwd.h"
#include "spec/load.h"
#include "spec/walk.h"

namespace autocache::spec {

/// Fills `resource.name`, `name_space` and both `metadata` members. False if something is wrong.
bool read_metadata(Walk& walk,
                   const Schema& schema,
                   const yaml::Node& node,
                   const Frame& frame,
                   const LoadOptions& options,
                   Resource& resource);

}  // namespace autocache::spec
