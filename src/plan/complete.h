#pragma once

// What an object of a kind cannot be without: a text that was cut off is often well-formed.

#include "base/json.h"

#include <string>
#include <vector>

namespace autocache::plan {

/// Something that is missing, and what to say about it.
struct Gap {
  /// JSON pointer of what is missing, or of what asks for it.
  std::string pointer;
  std::string message;
};

/// What `object`, a mapping, lacks of what the API server requires of its kind (the validation of
/// the API groups); empty if nothing that shows that a text was cut off.
std::vector<Gap> gaps_of(const Json& object);

}  // namespace autocache::plan
