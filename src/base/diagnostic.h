#pragma once

// What is wrong and where: the one form in which every part of autocache reports a problem with its
// input. Rendering of a diagnostic as text lives here too, so that all look alike; other formats
// (JSON, SARIF ...) belong to the CLI.

#include "base/source.h"

#include <string>
#include <string_view>
#include <vector>

namespace autocache {

enum class Severity { kWarning, kError };

/// "warning" or "error".
std::string_view to_string(Severity severity);

/// A place for people and machines: lines and columns are 1-based, 0 means unknown.
struct SourceLocation {
  std::string file;
  int line = 0;
  int column = 0;

  bool operator==(const SourceLocation&) const = default;
};

/// One problem. `path` is a JSON pointer into the document ("/spec/replicas", empty for the
/// document itself), `code` is stable ("AC0203", listed in docs/diagnostics.md), `message` and
/// `hint` are lower case without a final period.
struct Diagnostic {
  Severity severity = Severity::kError;
  std::string code;
  SourceLocation at;
  std::string path;
  std::string message;
  std::string hint;
  /// The source line that `at` names, without its end; empty if there is none to show.
  std::string excerpt;
  /// Characters of `excerpt` before the one that `at` names.
  std::size_t caret = 0;

  bool operator==(const Diagnostic&) const = default;
};

using Diagnostics = std::vector<Diagnostic>;

/// A diagnostic at `position`, with that line as its excerpt. Excerpts longer than 160 characters
/// are cut around the column.
Diagnostic make_diagnostic(Severity severity,
                           std::string_view code,
                           const Position& position,
                           std::string path,
                           std::string message,
                           std::string hint = {});

/// make_diagnostic with severity error.
Diagnostic error_at(std::string_view code,
                    const Position& position,
                    std::string path,
                    std::string message,
                    std::string hint = {});

/// make_diagnostic with severity warning.
Diagnostic warning_at(std::string_view code,
                      const Position& position,
                      std::string path,
                      std::string message,
                      std::string hint = {});

/// True if at least one is an error.
bool has_errors(const Diagnostics& diagnostics);

enum class Colour { kNever, kAlways };

/// The text form of design.md 8, each line ended by a newline:
/// `FILE:LINE:COLUMN: error: /pointer: message [CODE]`, the source line, a caret under the column,
/// and the hint.
std::string format(const Diagnostic& diagnostic, Colour colour = Colour::kNever);

/// `parent` with one more JSON pointer token, escaped (RFC 6901: ~ as ~0, / as ~1).
std::string pointer_join(std::string_view parent, std::string_view token);

}  // namespace autocache
