#pragma once

// What the outputs of a schema (CRD, editor schema, explain, docs) say about a node: patterns of
// formats, names of types, limits in words, identity of shared types.

#include "spec/schema.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autocache::spec {

/// A format as schema languages can say it.
struct FormatText {
  std::string_view pattern;  ///< RE2 and ECMAScript; empty: none
  std::optional<std::uint32_t> max_length;
  std::string_view words;  ///< "a DNS label (lower-case letters, digits and -)"; empty for kNone
};

/// What is known of the format. Quantities depend on the node (non_negative_quantity_pattern).
FormatText format_text(Format format);

/// The pattern of a node: its own, or that of its format. Quantities with a minimum of zero or more
/// take no sign.
std::string_view pattern_of(const Schema& schema);

/// The smaller of the node's own longest length and its format's.
std::optional<std::uint32_t> max_length_of(const Schema& schema);

/// The type as JSON Schema and OpenAPI name it; empty for kIntOrString.
std::string_view type_word(Type type);

/// The type as `kubectl explain` names it: "string", "Object", "[]Object", "map[string]Quantity".
std::string type_name(const Schema& schema);

/// Limits in words, each a phrase: "1 to 1000", "at most 63 characters", "a DNS label (...)".
std::vector<std::string> limits_of(const Schema& schema);

/// What the rules of a node, or of the objects in a list or map, say; each once.
std::vector<std::string_view> rules_of(const Schema& schema);

/// A number without a fraction where it has none: "1000", "0.5".
std::string number_text(double value);

/// The object type behind a node, through lists and maps; null if there is none with fields.
const Schema* fields_of(const Schema& schema);

/// Two object nodes with the same fields are the same type, also where one has a description of its
/// own.
using TypeKey = std::vector<std::pair<std::string_view, const Schema*>>;

/// The key of an object with fields.
TypeKey type_key(const Schema& schema);

}  // namespace autocache::spec
