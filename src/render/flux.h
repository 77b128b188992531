#pragma once

// What Flux needs in addition, which only the whole set of objects of a resource tells.

#include "base/json_fwd.h"

#include <vector>

namespace autocache::render {

/// Marks every object so that Flux leaves `${...}` in it alone, and gives the Pods of the sync Job
/// the checksum of all other objects: Flux runs a Job again only if it has changed
/// (fluxcd/flux#3469).
void finish_for_flux(std::vector<Json>& objects);

}  // namespace autocache::render
