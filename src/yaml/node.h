#pragma once

// A YAML or JSON document as it was written: a tree of nodes, each with its place in the source.
// Nothing is resolved yet: what the plain scalar `yes` or `0644` means depends on who reads it,
// which is decided by resolve.h or by the schema.

#include "base/source.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace autocache::yaml {

enum class Kind : std::uint8_t { kScalar, kSequence, kMapping };

/// How a scalar was written. Only a plain one can be anything else than a string.
enum class Style : std::uint8_t { kPlain, kQuoted, kBlock };

struct Member;

/// One value. Aliases are expanded and merge keys (`<<`) applied, so a tree is all there is.
struct Node {
  Kind kind = Kind::kScalar;
  Style style = Style::kPlain;
  /// Where the value starts; for an alias, where the alias stands.
  Position at;
  /// The text of a scalar after unescaping and folding; well-formed UTF-8.
  std::string scalar;
  std::vector<Node> items;
  std::vector<Member> members;

  /// The value of the member with this key, or null.
  [[nodiscard]] const Node* find(std::string_view key) const;
};

/// One entry of a mapping. Keys are unique scalars.
struct Member {
  std::string key;
  Style key_style = Style::kPlain;
  Position key_at;
  Node value;
};

/// One document of a source; it keeps every source that its nodes point into.
struct Document {
  std::vector<SourcePtr> sources;
  /// 0-based position among the documents of its source.
  int index = 0;
  Node root;
};

}  // namespace autocache::yaml
