#pragma once

// A named text that was read, kept as long as something points into it. No file is opened here.

#include <memory>
#include <string>
#include <string_view>

namespace autocache {

/// A text with the name that diagnostics show for it: a path, "<stdin>", "--set".
struct Source {
  std::string name;
  std::string text;

  /// The text of a line (1-based) without its end; empty if there is no such line. Costs a scan of
  /// the text.
  [[nodiscard]] std::string_view line(int number) const;
};

using SourcePtr = std::shared_ptr<const Source>;

inline SourcePtr make_source(std::string name, std::string text) {
  return std::make_shared<const Source>(Source{std::move(name), std::move(text)});
}

/// A place in a source: line and column are 1-based and the column counts characters (code points);
/// 0 means unknown.
struct Position {
  const Source* source = nullptr;
  int line = 0;
  int column = 0;
};

}  // namespace autocache
