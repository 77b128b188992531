#pragma once

// Files as they are in a git revision, by asking the git program; no shell, no network.

#include "base/diagnostic.h"
#include "render/autocache.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace autocache::cli {

/// True for `git:REVISION:PATH`.
bool is_git_input(std::string_view path);

/// The texts at `git:REVISION:PATH`: a file, or a folder's *.yaml, *.yml and *.json in byte order
/// of their names (with `recursive` those below it too). PATH is relative to the top of the
/// repository, or with a leading `./` to the working directory. What cannot be read is a
/// diagnostic. Of a file over `max_bytes` one byte more than that is read.
std::vector<NamedText> read_git(std::string_view path,
                                bool recursive,
                                std::size_t max_bytes,
                                Diagnostics& diagnostics);

}  // namespace autocache::cli
