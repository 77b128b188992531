#include "base/diagnostic.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace autocache {
namespace {

constexpr std::size_t kMaxExcerpt = 160;

/// Byte offset of the character with 0-based index `index` in UTF-8 text; its size if there are
/// fewer.
std::size_t byte_offset(std::string_view text, std::size_t index) {
  std::size_t at = 0;
  while (at < text.size() && index > 0) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
    --index;
  }
  return at;
}

/// What a terminal may show as it is: tabs become one space, other control characters a dot.
std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c == '\t') {
      c = ' ';
    } else if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) {
      c = '.';
    }
  }
  return out;
}

/// Sets the excerpt and its caret from the line that the diagnostic is about.
void add_excerpt(std::string_view line, Diagnostic& diagnostic) {
  const int column = diagnostic.at.column;
  diagnostic.caret = column > 0 ? static_cast<std::size_t>(column - 1) : 0;
  if (line.size() <= kMaxExcerpt) {
    diagnostic.excerpt = line;
    return;
  }
  const std::size_t caret = byte_offset(line, diagnostic.caret);
  const std::size_t first = caret > kMaxExcerpt / 2 ? utf8_floor(line, caret - kMaxExcerpt / 2) : 0;
  const std::size_t last = utf8_floor(line, std::min(line.size(), first + kMaxExcerpt));
  const std::string_view before = first > 0 ? "..." : "";
  diagnostic.excerpt = fmt::format("{}{}{}", before, line.substr(first, last - first),
                                   last < line.size() ? "..." : "");
  diagnostic.caret = before.size() + utf8_length(line.substr(first, caret - first));
}

std::string location(const SourceLocation& at) {
  if (at.file.empty()) return {};
  if (at.line == 0) return at.file + ": ";
  if (at.column == 0) return fmt::format("{}:{}: ", at.file, at.line);
  return fmt::format("{}:{}:{}: ", at.file, at.line, at.column);
}

}  // namespace

std::string_view to_string(Severity severity) {
  return severity == Severity::kError ? "error" : "warning";
}

Diagnostic make_diagnostic(Severity severity,
                           std::string_view code,
                           const Position& position,
                           std::string path,
                           std::string message,
                           std::string hint) {
  Diagnostic made;
  made.severity = severity;
  made.code = code;
  made.path = std::move(path);
  made.message = std::move(message);
  made.hint = std::move(hint);
  if (position.source != nullptr) {
    made.at = {position.source->name, position.line, position.column};
    add_excerpt(position.source->line(position.line), made);
  }
  return made;
}

Diagnostic error_at(std::string_view code,
                    const Position& position,
                    std::string path,
                    std::string message,
                    std::string hint) {
  return make_diagnostic(Severity::kError, code, position, std::move(path), std::move(message),
                         std::move(hint));
}

Diagnostic warning_at(std::string_view code,
                      const Position& position,
                      std::string path,
                      std::string message,
                      std::string hint) {
  return make_diagnostic(Severity::kWarning, code, position, std::move(path), std::move(message),
                         std::move(hint));
}

bool has_errors(const Diagnostics& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

std::string format(const Diagnostic& diagnostic, Colour colour) {
  const bool coloured = colour == Colour::kAlways;
  const std::string_view bold = coloured ? "\x1b[1m" : "";
  const std::string_view tint =
      !coloured ? "" : (diagnostic.severity == Severity::kError ? "\x1b[1;31m" : "\x1b[1;35m");
  const std::string_view reset = coloured ? "\x1b[0m" : "";

  std::string out = fmt::format("{}{}{}{}{}:{} ", bold, printable(location(diagnostic.at)), reset,
                                tint, to_string(diagnostic.severity), reset);
  if (!diagnostic.path.empty()) out += printable(diagnostic.path) + ": ";
  out += printable(diagnostic.message);
  if (!diagnostic.code.empty()) out += fmt::format(" [{}]", diagnostic.code);
  out += '\n';

  if (!diagnostic.excerpt.empty() && diagnostic.at.line > 0) {
    const std::string number = fmt::format("{:>5}", diagnostic.at.line);
    out += fmt::format("{} | {}\n", number, printable(diagnostic.excerpt));
    if (diagnostic.at.column > 0) {
      out += fmt::format("{:>5} | {:>{}}{}^{}\n", "", "", diagnostic.caret, tint, reset);
    }
  }
  if (!diagnostic.hint.empty())
    out += fmt::format("{:>5} = hint: {}\n", "", printable(diagnostic.hint));
  return out;
}

std::string pointer_join(std::string_view parent, std::string_view token) {
  std::string out(parent);
  out += '/';
  for (const char c : token) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace autocache
