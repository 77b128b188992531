#pragma once

// Regular expressions of the schemas, in time linear in the text (std::regex recurses once per
// character). The syntax is what RE2, and so the API server, and ECMAScript read alike: literals,
// `.`, classes, groups, `|`, `* + ?`, `{m,n}`, `^`, `$`, and the escapes \d \w \s (and capitals),
// \t \n and escaped punctuation.

#include <memory>
#include <optional>
#include <string_view>

namespace autocache {

/// A compiled expression. Cheap to copy; immutable.
class Pattern {
 public:
  /// Nothing if `text` is not an expression of this syntax, or one of more than 20,000 steps.
  static std::optional<Pattern> compile(std::string_view text);

  /// True if some part of `text` matches, as in RE2's partial match and in JSON Schema. `text` is
  /// well-formed UTF-8 and is read by characters.
  [[nodiscard]] bool matches(std::string_view text) const;

 private:
  struct Program;
  explicit Pattern(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

  std::shared_ptr<const Program> program_;
};

}  // namespace autocache
