#pragma once

// Objects to files of one folder: all or nothing, and files of an earlier run that are no longer
// part of the output go away.

#include "base/diagnostic.h"
#include "render/autocache.h"

#include <string>
#include <vector>

namespace autocache::cli {

/// The name of the file that lists what autocache wrote into a folder, as `sha256sum` would.
inline constexpr const char* kIndexFile = ".autocache-files";

/// Writes each object to `<kind>-<name>.<extension>` (lower case) in `folder`, which is made if
/// need be. Where two objects would share a name, their namespaces are put before it:
/// `<kind>-<namespace>-<name>`. Every file is complete under a temporary name before the first one
/// is put in place; a failure before that leaves the folder as it was. A file that the index lists,
/// that is not part of this output and that nobody has edited is removed. Returns what went wrong,
/// and a warning for each stale file that was edited.
Diagnostics write_directory(const std::string& folder,
                            const std::vector<RenderedObject>& objects,
                            std::string_view extension);

}  // namespace autocache::cli
