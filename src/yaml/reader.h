#pragma once

// Text to documents. The one place that knows the YAML library.

#include <cstddef>
#include <vector>

#include "base/diagnostic.h"
#include "base/source.h"
#include "yaml/node.h"

namespace autocache::yaml {

/// Limits that keep hostile input cheap. Each is an error with its own code when exceeded.
struct ReadOptions {
  std::size_t max_bytes = std::size_t{16} * 1024 * 1024;
  int max_depth = 100;
  /// Nodes of one document after aliases are expanded.
  std::size_t max_nodes = 1'000'000;
};

struct ReadResult {
  /// Documents that were read; empty ones (nothing, or only comments, or `null`) are left out but counted in `index`.
  std::vector<Document> documents;
  /// Every problem found. YAML syntax errors end the reading of the source; duplicate keys, non-scalar keys, unknown tags
  /// and bad merge keys do not.
  Diagnostics diagnostics;
};

/// Reads all documents of a YAML 1.1/1.2 or JSON stream. Never throws. Rejected with a located diagnostic: a syntax error,
/// invalid UTF-8, duplicate keys, keys that are not scalars, tags other than the core ones (`!!str`, `!!int` ...), unknown
/// aliases, alias bombs, and everything past the limits.
ReadResult read(const SourcePtr& source, const ReadOptions& options = {});

}  // namespace autocache::yaml
