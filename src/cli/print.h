#pragma once

// The only functions that write to the error stream: lower case, no final period, colour only on a
// terminal.

#include "base/diagnostic.h"
#include "cli/run.h"

#include <string_view>

namespace autocache::cli {

enum class ColourMode { kAuto, kAlways, kNever };

/// Whether the error stream gets colour: `--color` wins, then NO_COLOR (if not empty), TERM=dumb,
/// and whether it is a terminal.
Colour error_colour(ColourMode mode, const Io& io);

/// The same for the output stream.
Colour output_colour(ColourMode mode, const Io& io);

/// `autocache: error: MESSAGE` and, if there is one, `autocache: hint: HINT`.
void print_error(Io& io, std::string_view message, std::string_view hint = {});

/// Every diagnostic in the text form.
void print_diagnostics(Io& io, const Diagnostics& diagnostics, ColourMode mode);

}  // namespace autocache::cli
