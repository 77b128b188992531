#pragma once

// Two texts of a server's configuration, directive by directive.

#include "directives/directives.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autocache::plan {

/// A directive whose setting differs, or means nothing to the new release. Values are canonical;
/// nothing where a side does not state it.
struct DirectiveChange {
  /// The one name for it in all releases.
  std::string name;
  std::optional<std::string> before;
  std::optional<std::string> after;
  const directives::Directive* old_directive = nullptr;
  const directives::Directive* new_directive = nullptr;
};

struct ConfigSide {
  std::string_view text;
  directives::Engine engine = directives::Engine::kRedis;
  directives::Version version;
};

/// The directives that differ, by name, and those that the new release no longer reads. Comments,
/// order, spelling of names and values are no difference.
std::vector<DirectiveChange> diff_config(const ConfigSide& old_side, const ConfigSide& new_side);

}  // namespace autocache::plan
