#include "cli/print.h"

#include <ostream>

namespace autocache::cli {
namespace {

Colour decide(ColourMode mode, bool is_terminal, const Io& io) {
  if (mode == ColourMode::kAlways) return Colour::kAlways;
  if (mode == ColourMode::kNever || !is_terminal) return Colour::kNever;
  const char* no_color = io.environment("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return Colour::kNever;
  const char* term = io.environment("TERM");
  if (term != nullptr && std::string_view(term) == "dumb") return Colour::kNever;
  return Colour::kAlways;
}

}  // namespace

Colour error_colour(ColourMode mode, const Io& io) {
  return decide(mode, io.err_is_terminal, io);
}

Colour output_colour(ColourMode mode, const Io& io) {
  return decide(mode, io.out_is_terminal, io);
}

void print_error(Io& io, std::string_view message, std::string_view hint) {
  io.err << "autocache: error: " << message << '\n';
  if (!hint.empty()) io.err << "autocache: hint: " << hint << '\n';
}

void print_diagnostics(Io& io, const Diagnostics& diagnostics, ColourMode mode) {
  const Colour colour = error_colour(mode, io);
  for (const Diagnostic& diagnostic : diagnostics) io.err << format(diagnostic, colour);
}

}  // namespace autocache::cli
