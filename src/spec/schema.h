#pragma once

// The compiled form of schemas/*.yaml: constant data that the build generates (schemagen) and
// everything else reads: validation, defaulting, the CRD, the editor schema, `explain` and the
// field reference.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace autocache::spec {

enum class Type : std::uint8_t {
  kObject,
  kArray,
  kString,
  kInteger,
  kNumber,
  kBoolean,
  kIntOrString
};

/// What a string means beyond its characters; checked by code, mapped to a pattern or CEL rule in
/// the CRD where it can be.
enum class Format : std::uint8_t {
  kNone,
  kQuantity,      ///< Kubernetes resource quantity (string or number; kept canonical)
  kDuration,      ///< "90s", "1h30m"
  kMemorySize,    ///< the server's own memory unit, "100mb"
  kDnsLabel,      ///< RFC 1123 label, at most 63
  kDnsSubdomain,  ///< RFC 1123 subdomain, at most 253
  kLabelKey,      ///< optional prefix/name
  kLabelValue,    ///< at most 63
  kImage,         ///< container image reference
  kCron,          ///< five-field schedule
  kEnvName,       ///< C identifier style environment variable name
  kPath,          ///< absolute path
};

struct Property;

/// A rule in the Common Expression Language, for the CRD and for our own evaluation (cel.h).
struct CelRule {
  std::string_view rule;
  std::string_view message;
  std::string_view field_path;  ///< as in `fieldPath`, may be empty
  /// Code has a check of its own for this, with a better message; we do not evaluate it.
  bool in_code = false;
};

/// One type of the schema. All text and spans are constant data.
struct Schema {
  Type type = Type::kObject;
  Format format = Format::kNone;
  std::string_view description{};
  /// JSON text of the default value; empty: none.
  std::string_view default_json{};
  std::span<const std::string_view> enum_values{};
  std::optional<double> minimum{};
  std::optional<double> maximum{};
  std::optional<std::uint32_t> min_length{};
  std::optional<std::uint32_t> max_length{};
  std::optional<std::uint32_t> min_items{};
  std::optional<std::uint32_t> max_items{};
  std::optional<std::uint32_t> max_properties{};
  /// RE2-compatible; checked by us too.
  std::string_view pattern{};
  std::span<const Property> properties{};
  std::span<const std::string_view> required{};
  /// Value type of a map (then `properties` is empty); its keys obey `key_format`.
  const Schema* additional = nullptr;
  Format key_format = Format::kNone;
  const Schema* items = nullptr;
  /// Exactly one member must be set (volume sources, env valueFrom).
  bool one_of_members = false;
  /// x-kubernetes-list-type map keys, x-kubernetes-map-type; empty: atomic lists as JSON has them.
  std::span<const std::string_view> list_map_keys{};
  std::span<const CelRule> rules{};
  /// An example value as JSON, for explain and docs; may be empty.
  std::string_view example_json{};

  /// The property with this name, or null.
  [[nodiscard]] const Property* find(std::string_view name) const;
};

struct Property {
  std::string_view name;
  const Schema* schema;
};

/// One column of `kubectl get` (additionalPrinterColumns).
struct PrinterColumn {
  std::string_view name{};
  std::string_view type{};  ///< string, integer, date ...
  std::string_view json_path{};
  std::string_view description{};
  std::uint32_t priority = 0;
};

/// One kind of resource that autocache knows.
struct KindSchema {
  std::string_view group{};
  std::string_view version{};
  std::string_view kind{};
  std::string_view plural{};
  std::string_view singular{};
  std::span<const std::string_view> short_names{};
  std::string_view description{};
  std::span<const PrinterColumn> columns{};
  /// Paths of the scale subresource, ".spec.replicas"; empty: the kind has none.
  std::string_view scale_spec_path{};
  std::string_view scale_status_path{};
  /// The whole object: apiVersion, kind, metadata, spec, status.
  const Schema* root = nullptr;
};

/// All kinds, in the order of the schemas' file names.
std::span<const KindSchema> kinds();

/// The kind with this apiVersion ("cache.autocache.io/v1alpha1") and kind, or null.
const KindSchema* find_kind(std::string_view api_version, std::string_view kind);

}  // namespace autocache::spec
