#pragma once

// Text to documents. YAML is read with libyaml, whose port go-yaml is what kubectl reads with; JSON
// with our own scanner, because kubectl reads it as JSON too.

#include "base/diagnostic.h"
#include "base/source.h"
#include "yaml/node.h"

#include <cstddef>
#include <vector>

namespace autocache::yaml {

/// Limits that keep hostile input cheap. Each is an error with its own code when exceeded.
struct ReadOptions {
  std::size_t max_bytes = std::size_t{16} * 1024 * 1024;
  /// Lists and mappings inside each other, after aliases are expanded.
  int max_depth = 100;
  /// Values of all documents of a source together, keys included, after aliases are expanded.
  std::size_t max_nodes = 1'000'000;
};

struct ReadResult {
  /// Documents that were read; empty ones (nothing, or only comments, or `null`) are left out but
  /// counted in `index`.
  std::vector<Document> documents;
  /// Every problem found, in the order of the text. Syntax errors, invalid characters and limits
  /// end the reading of the source; all other problems do not, up to a hundred.
  Diagnostics diagnostics;
};

/// Reads all documents of a YAML 1.1/1.2 stream, or of a stream of JSON objects. Never throws.
/// Rejected with a located diagnostic: everything in yaml/codes.h.
ReadResult read(const SourcePtr& source, const ReadOptions& options = {});

}  // namespace autocache::yaml
