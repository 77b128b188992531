#pragma once

// The public interface of autocache as a library: specs in, Kubernetes manifests out, in this
// process. Link autocache::core. Pure: no files, network, clock, environment or locale; the same
// request gives the same bytes. Thread-safe: no shared state.
//
//   autocache::RenderRequest request;
//   request.input.files.push_back({"cache.yaml", text});
//   autocache::RenderResult result = autocache::render_specs(request);
//   if (autocache::has_errors(result.diagnostics)) ...            // nothing was rendered
//   std::string yaml = autocache::to_stream(result.objects, request.format);

#include "base/diagnostic.h"

#include <cstddef>
#include <string>
#include <vector>

namespace autocache {

/// A text and the name that diagnostics give it.
struct NamedText {
  std::string name;
  std::string text;
};

/// What is read: spec files and what is laid over each of their resources.
struct SpecInput {
  /// YAML or JSON texts with any number of documents each.
  std::vector<NamedText> files;
  /// Overlays: each text holds one document, merged into every resource in order (JSON Merge Patch,
  /// RFC 7396).
  std::vector<NamedText> values;
  /// `path=value` overrides after the overlays, in order; the second list takes every value as a
  /// string.
  std::vector<std::string> set;
  std::vector<std::string> set_string;
  /// The namespace of resources that name none; a different one in a resource is an error.
  std::string name_space;
  /// Largest accepted text, in bytes.
  std::size_t max_bytes = std::size_t{16} * 1024 * 1024;
};

enum class OutputFormat { kYaml, kJson, kNdjson };

/// Which GitOps tool runs the hook Jobs; kNone renders none.
enum class HookProfile { kNone, kArgocd, kFlux, kHelm };

/// What is done with documents of other kinds.
enum class OtherDocuments {
  kWarn,         ///< left out, with a warning each
  kPassThrough,  ///< part of the output as they are read
};

struct RenderRequest {
  SpecInput input;
  OutputFormat format = OutputFormat::kYaml;
  HookProfile hooks = HookProfile::kNone;
  OtherDocuments others = OtherDocuments::kWarn;
  /// Add the CustomResourceDefinitions of the kinds that occur.
  bool include_crds = false;
  /// Add each resource itself, as written.
  bool include_resource = false;
  /// Accept an input without any resource; otherwise an error, because Argo CD prunes an
  /// application whose output is empty.
  bool allow_empty = false;
  /// Replaces the registry host of the hook image; empty: as released.
  std::string image_registry;
};

/// One object of the output with its text in the requested format.
struct RenderedObject {
  std::string kind;
  std::string name_space;  ///< empty for cluster-scoped objects, and where no namespace is given
  std::string name;
  /// Of a hook that runs once: "gate" before the other objects are applied, "sync" after; else
  /// empty.
  std::string step;
  /// YAML with its `---` line, indented JSON, or one line of JSON; ends in a newline.
  std::string text;
};

struct RenderResult {
  /// In the order of application; empty if there was an error.
  std::vector<RenderedObject> objects;
  /// Every problem of every document.
  Diagnostics diagnostics;
};

/// Reads, checks and renders. Never throws on bad input.
RenderResult render_specs(const RenderRequest& request);

struct ValidateResult {
  std::size_t resources = 0;  ///< resources without errors
  std::size_t invalid = 0;    ///< documents with errors
  Diagnostics diagnostics;
};

/// Reads and checks without rendering.
ValidateResult validate_specs(const SpecInput& input);

/// The objects as one stream: YAML documents, a v1 List, or a line each.
std::string to_stream(const std::vector<RenderedObject>& objects, OutputFormat format);

}  // namespace autocache
