#pragma once

// The `--kind` option of the commands that print something of one kind of resource.

#include "cli/run.h"
#include "spec/schema.h"

#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): the name that its library has
class App;
}

namespace autocache::cli {

/// Adds `--kind KIND`; the first kind if it is not given.
void add_kind_option(CLI::App& app, std::string& kind);

/// The kind with this name (case ignored), or null after saying on stderr which there are.
const spec::KindSchema* select_kind(const std::string& kind, Io& io);

}  // namespace autocache::cli
