#pragma once

// Files, folders, globs and stdin to texts, and the options that say which: shared by every command
// that reads specs.

#include "base/diagnostic.h"
#include "cli/run.h"
#include "render/autocache.h"

#include <cstddef>
#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): the name that its library has
class App;
}

namespace autocache::cli {

struct InputOptions {
  std::vector<std::string> paths;
  bool recursive = false;
  std::string name_space;
  std::vector<std::string> values;
  std::vector<std::string> set;
  std::vector<std::string> set_string;
  std::size_t max_bytes = std::size_t{16} * 1024 * 1024;
};

/// FILE... and `-R`, `--namespace`, `--set`, `--set-string`, `--values`, `--max-input-size`.
void add_input_options(CLI::App& app, InputOptions& options);

/// `--max-input-size SIZE` alone; its default is what `max_bytes` holds, in whole Mi.
void add_max_input_size(CLI::App& app, std::size_t& max_bytes);

/// The texts at `paths`: a file, a folder (its *.yaml, *.yml and *.json in byte order of their
/// names; with `recursive` those below it too), a glob, or `-` for stdin. A file that is named
/// twice is read once. What cannot be read is a diagnostic. Of a text over `max_bytes` one byte
/// more than that is read, which the YAML reader then refuses.
std::vector<NamedText> read_files(const std::vector<std::string>& paths,
                                  bool recursive,
                                  std::size_t max_bytes,
                                  Io& io,
                                  Diagnostics& diagnostics);

/// Everything that `options` name, as the input of the library.
SpecInput read_inputs(const InputOptions& options, Io& io, Diagnostics& diagnostics);

}  // namespace autocache::cli
