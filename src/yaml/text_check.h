#pragma once

// What the bytes of a source are before any syntax: well-formed UTF-8, without control characters,
// and which line ends they use.

#include "base/source.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autocache::yaml {

/// What was found, as byte offsets of the first one each.
struct TextCheck {
  std::optional<std::size_t> malformed;  ///< not UTF-8; nothing behind it was looked at
  std::optional<std::size_t> control;    ///< a character that YAML does not allow
  /// YAML 1.1 ends a line here and an editor does not: a lone CR, NEL, LS or PS.
  bool has_odd_line_ends = false;
  /// A byte order mark starts a line other than the first: files put together.
  bool has_inner_marks = false;
};

TextCheck check_text(std::string_view text);

/// The place of a byte; `offset` must be at the start of a character, all before it well-formed.
Position position_at(const Source& source, std::size_t offset);

/// `text` with malformed bytes replaced by U+FFFD, so that it can be shown.
std::string displayable(std::string_view text);

/// Places by the lines of YAML 1.1 to places by the lines of an editor.
class LineMap {
 public:
  LineMap() = default;
  explicit LineMap(std::string_view text);

  /// The 1-based place of a 0-based libyaml mark. Without odd line ends it is the same place.
  [[nodiscard]] Position at(const Source* source, std::size_t line, std::size_t column) const;

 private:
  struct Start {
    int line;
    int column;
  };
  std::vector<Start> starts_;
};

}  // namespace autocache::yaml
