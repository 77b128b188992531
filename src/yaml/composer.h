#pragma once

// Parser events to documents: anchors, merge keys, tags, duplicate keys and all limits. Shared by
// the YAML and the JSON side of the reader; knows neither syntax.

#include "base/diagnostic.h"
#include "base/source.h"
#include "yaml/codes.h"
#include "yaml/node.h"
#include "yaml/reader.h"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autocache::yaml {

/// Whether the parser that feeds a Composer goes on or gives up.
enum class Next { kContinue, kStop };

/// What a scalar or a collection carries besides its value; empty text: not given. `tag` is in long
/// form ("tag:yaml.org,2002:str").
struct Properties {
  std::string_view anchor;
  std::string_view tag;
};

/// Takes the events of one source in order: for each document `begin_document`, the events of one
/// value, `end_document`. After kStop no more events may come.
class Composer {
 public:
  Composer(SourcePtr source, const ReadOptions& options);

  void begin_document();
  Next scalar(Position at, Style style, std::string_view text, const Properties& properties);
  Next begin(Position at, Kind kind, const Properties& properties);
  /// Ends the collection that was begun last.
  Next end();
  Next alias(Position at, std::string_view name);
  void end_document();

  /// Adds a problem that the parser itself found.
  Next report(const Code& code, Position at, std::string message, std::string hint = {});

  /// What was read; diagnostics are in the order of the text.
  ReadResult take();

 private:
  using Index = std::uint32_t;
  /// The text of a key as kubectl reads it, and where the key is.
  using Key = std::pair<std::string_view, Index>;

  /// One value as it was written, in the order of the text; a collection is followed by its
  /// content.
  struct Entry {
    Kind kind = Kind::kScalar;
    Style style = Style::kPlain;
    bool is_alias = false;
    bool is_complete = false;
    /// A key whose member is left out of the tree, because of a problem that is reported.
    bool is_dropped = false;
    std::uint16_t height = 0;  ///< levels of collections, 0 for a scalar
    std::int32_t line = 0;
    std::int32_t column = 0;
    std::uint32_t text_begin = 0;  ///< for an alias: the index of what it stands for
    std::uint32_t text_size = 0;
    Index end = 0;            ///< the entry after this one's content
    std::uint32_t count = 0;  ///< of direct children; a member is two
    std::uint32_t nodes = 1;  ///< values inside and itself, aliases expanded
    std::uint32_t bytes = 0;  ///< of text inside, aliases expanded
  };

  /// The way to a value that is being built: the link of its parent, and its key or position.
  struct Path {
    const Path* parent = nullptr;
    std::string_view key;
    std::size_t position = 0;
    [[nodiscard]] std::string pointer() const;
  };

  Index add(Position at);
  Next complete(Index index);
  void set_anchor(Index index, std::string_view name);
  Next apply_scalar_tag(Index index, std::string_view tag);
  Next check_collection_tag(Index index, std::string_view tag);

  Next check_keys(Index mapping);
  Next check_key(Index key, std::vector<Key>& keys);
  Next report_duplicate(Index first, const Key& second);
  [[nodiscard]] bool is_merge_key(Index key) const;
  [[nodiscard]] bool is_mergeable(Index value) const;

  void build(Index index, Node& node, const Path& path);
  void build_mapping(Index index, Node& node, const Path& path);
  void merge(Index merge_key, Node& node, const Path& path);
  void warn_replaced(const Node& node,
                     std::size_t explicit_members,
                     Index merge_key,
                     const Node& merged,
                     const Path& path);

  [[nodiscard]] Index target(Index index) const;
  [[nodiscard]] std::string_view text(const Entry& entry) const;
  [[nodiscard]] Position position(const Entry& entry) const;
  [[nodiscard]] std::string pointer_to(Index index) const;
  Next report_at(const Code& code, Index index, std::string message, std::string hint = {});
  Next add_problem(Diagnostic diagnostic);

  SourcePtr source_;
  ReadOptions options_;
  ReadResult result_;
  int documents_begun_ = 0;
  std::size_t total_nodes_ = 0;
  std::size_t alias_bytes_ = 0;

  // The document that is being read.
  std::vector<Entry> entries_;
  std::string texts_;
  std::vector<Index> open_;
  std::map<std::string, Index, std::less<>> anchors_;
  std::deque<std::string> converted_keys_;
  int aliases_around_ = 0;
};

}  // namespace autocache::yaml
