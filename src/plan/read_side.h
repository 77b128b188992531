#pragma once

// Texts to sides: which documents are specs, which are objects, and what the specs render to.

#include "plan/plan.h"
#include "spec/load.h"
#include "yaml/node.h"

#include <set>
#include <string>
#include <vector>

namespace autocache::plan {

/// A side with everything that its positions point into.
struct ReadSide {
  Side side;
  std::vector<yaml::Document> documents;
  std::vector<spec::Resource> resources;
};

struct Sides {
  ReadSide before;
  ReadSide after;
};

/// Both inputs. Errors: what the YAML reader and the spec loader find, a document that is no object
/// or lacks its apiVersion, kind, name or what its kind requires, two objects with the same
/// identity, and a side without any object.
Sides read_sides(const Request& request, Diagnostics& diagnostics);

/// The hook's Jobs with their accounts and roles, of the caches of `side` in these namespaces,
/// without annotations of any GitOps tool.
std::vector<Json> hook_objects(const ReadSide& side,
                               const std::set<std::string>& name_spaces,
                               const std::string& image_registry);

}  // namespace autocache::plan
