#pragma once

// What every test of this folder needs: text in, resources or the text of all problems out.

#include "base/json.h"
#include "spec/load.h"

#include <string>
#include <string_view>

namespace autocache::spec::test {

/// The diagnostics of reading and loading `text` as "spec.yaml", formatted one after another.
std::string problems(std::string_view text, const LoadOptions& options = {});

/// The text of an AutoCache named "cache" whose spec is `spec`, a YAML text without indentation,
/// from line 6 on.
std::string document(std::string_view spec);

/// The problems of such a document.
std::string spec_problems(std::string_view spec);

/// `spec` of the first resource of `text`, which must be valid, with defaults.
Json spec_of(std::string_view text);

}  // namespace autocache::spec::test
