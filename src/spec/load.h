#pragma once

// Documents to checked resources: schema validation, defaulting, then the rules between fields. All
// problems at once.

#include "base/diagnostic.h"
#include "base/json.h"
#include "spec/schema.h"
#include "yaml/node.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace autocache::spec {

/// One resource of a kind that we know, valid, with every default filled in and quantities
/// canonical. Members are in schema order, so that equal specs are equal text. Status, if the input
/// had one, is dropped.
struct Resource {
  const KindSchema* kind = nullptr;
  /// metadata.namespace, or the one of LoadOptions, or empty: then no rendered object names one, so
  /// that `kubectl apply -n` and GitOps tools choose it; what runs in a Pod takes it from the
  /// downward API.
  std::string name_space;
  std::string name;
  /// apiVersion, kind, metadata, spec.
  Json object;
  /// What the user wrote, without defaults, in schema order; for `--include-resource`.
  Json written;
  /// The document that it came from, for locating later diagnostics. Not owned; lives as long as
  /// the documents.
  const yaml::Document* document = nullptr;
};

struct LoadOptions {
  /// Overrides nothing: used where metadata.namespace is absent. A different one in the file is an
  /// error.
  std::string name_space;
};

struct LoadResult {
  std::vector<Resource> resources;
  /// Documents of other kinds, in order; the plugin passes them through, `render` and `validate`
  /// report them.
  std::vector<const yaml::Document*> others;
  Diagnostics diagnostics;
};

/// What a document turned out to be: a resource, a document of another kind, or (neither) wrong.
struct Loaded {
  std::optional<Resource> resource;
  bool is_other = false;
};

/// Checks documents one after the other, so that none of them has to stay in memory.
class Loader {
 public:
  explicit Loader(LoadOptions options = {});
  Loader(Loader&&) noexcept;
  Loader& operator=(Loader&&) noexcept;
  ~Loader();

  /// The resource, if it is one without errors. `document` must outlive it.
  Loaded add(const yaml::Document& document);

  /// Everything that was found, and what only all resources together show: names that two of them
  /// want. The loader is empty afterwards.
  Diagnostics finish();

 private:
  class State;
  std::unique_ptr<State> state_;
};

/// Checks every document of a kind we know. A document with errors yields no resource. Two
/// resources with the same kind, namespace and name are an error that names both places.
/// `documents` must outlive the result.
LoadResult load(const std::vector<yaml::Document>& documents, const LoadOptions& options = {});

/// The place of the value at a JSON pointer in `document`, or of its nearest ancestor that is
/// there. A scalar is shown where it starts, an object or list by its key.
Position locate(const yaml::Document& document, std::string_view pointer);

}  // namespace autocache::spec
