#pragma once

// JSON text to parser events, as kubectl does with input that starts with `{`: surrogate pairs,
// keys of any length and objects one after another are read, which YAML cannot.

#include "yaml/composer.h"

#include <string_view>

namespace autocache::yaml {

enum class JsonResult {
  kRead,     ///< everything was JSON and the composer has it
  kStopped,  ///< the composer stopped, with a diagnostic
  kNotJson,  ///< the text is something else; what the composer has is worthless
};

/// Feeds `composer` with the objects of `text`, which follow each other with white space or lines
/// of
/// `---` between them. `text` must be well-formed UTF-8 and `source` the source that it is in.
JsonResult read_json(std::string_view text, const Source* source, Composer& composer);

}  // namespace autocache::yaml
