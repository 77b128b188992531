#pragma once

// Files as far as the hook reads and writes them. Problems are sentences with the file's name.

#include <tl/expected.hpp>

#include <sys/types.h>

#include <string>
#include <string_view>

namespace autocache::hook {

/// The whole content; at most 16 MiB.
tl::expected<std::string, std::string> read_file(const std::string& path);

/// Replaces `path` in one step (a new file beside it, renamed), with permissions `mode`. An empty
/// string, or the problem.
std::string write_file(const std::string& path, std::string_view content, mode_t mode);

/// The password in a file: its content without the line end that editors add. An empty file is a
/// problem.
tl::expected<std::string, std::string> read_password(const std::string& path);

}  // namespace autocache::hook
