#pragma once

// The commented spec that `autocache init` writes.

#include "base/result.h"
#include "spec/schema.h"

#include <string>

namespace autocache::spec {

struct StarterOptions {
  std::string name = "cache";
  std::string engine = "autocache";
  int replicas_per_shard = 0;
  enum class Storage { kNone, kPersistent };
  Storage storage = Storage::kNone;
};

/// A spec that validates without a warning, with the fields that most clusters set; what each means
/// is taken from the schema. An engine that does not exist, or cannot do what the options ask for,
/// is an error.
Result<std::string> starter(const StarterOptions& options);

}  // namespace autocache::spec
