#include "cli/inputs.h"

#include "base/quantity.h"
#include "cli/arguments.h"
#include "cli/codes.h"

#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <istream>
#include <set>
#include <system_error>

namespace autocache::cli {
namespace {

namespace fs = std::filesystem;

bool is_spec_file(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

Diagnostic unreadable(const std::string& path, const std::string& why, std::string hint = {}) {
  Diagnostic diagnostic;
  diagnostic.code = kCannotRead;
  diagnostic.at.file = path;
  diagnostic.message = "cannot read: " + why;
  diagnostic.hint = std::move(hint);
  return diagnostic;
}

/// At most `limit` + 1 bytes of a stream; `expected` is how many it is said to hold.
std::string slurp(std::istream& in, std::size_t limit, std::size_t expected = 0) {
  std::string text;
  // Most specs are small, and there may be thousands. One byte more finds the end at once.
  std::size_t chunk = std::max<std::size_t>(expected + 1, 4096);
  for (; in && text.size() <= limit; chunk *= 2) {
    const std::size_t want = std::min(chunk, limit + 1 - text.size());
    const std::size_t before = text.size();
    text.resize(before + want);
    in.read(text.data() + before, static_cast<std::streamsize>(want));
    text.resize(before + static_cast<std::size_t>(in.gcount()));
  }
  if (text.capacity() - text.size() > 1) text.shrink_to_fit();
  return text;
}

/// The spec files of a folder, in byte order of their paths.
template <class Iterator>
std::vector<std::string> list(const std::string& path, Diagnostics& diagnostics) {
  std::vector<std::string> found;
  std::error_code error;
  for (Iterator it(path, fs::directory_options::skip_permission_denied, error), end;
       !error && it != end; it.increment(error)) {
    std::error_code status_error;
    if (it->is_regular_file(status_error) && is_spec_file(it->path()))
      found.push_back(it->path().string());
  }
  if (error) diagnostics.push_back(unreadable(path, error.message()));
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> expand_glob(const std::string& pattern) {
  std::vector<std::string> found;
  glob_t matches{};
  if (glob(pattern.c_str(), GLOB_NOSORT, nullptr, &matches) == 0) {
    found.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  }
  globfree(&matches);
  std::sort(found.begin(), found.end());  // glob's own order depends on the locale
  return found;
}

void expand(const std::string& path,
            bool recursive,
            std::vector<std::string>& files,
            Diagnostics& diagnostics) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) {
    const std::vector<std::string> found =
        recursive ? list<fs::recursive_directory_iterator>(path, diagnostics)
                  : list<fs::directory_iterator>(path, diagnostics);
    if (found.empty()) {
      diagnostics.push_back(unreadable(path, "no *.yaml, *.yml or *.json file in this folder",
                                       recursive ? "" : "-R also reads the folders below it"));
    }
    files.insert(files.end(), found.begin(), found.end());
  } else if (!fs::exists(status) && path.find_first_of("*?[") != std::string::npos) {
    const std::vector<std::string> found = expand_glob(path);
    if (found.empty()) diagnostics.push_back(unreadable(path, "no file matches this pattern"));
    files.insert(files.end(), found.begin(), found.end());
  } else {
    files.push_back(path);
  }
}

void read_file(const std::string& path,
               std::size_t max_bytes,
               std::vector<NamedText>& texts,
               Diagnostics& diagnostics) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    diagnostics.push_back(unreadable(path, "is a folder"));
    return;
  }
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    diagnostics.push_back(
        unreadable(path, std::generic_category().message(errno == 0 ? ENOENT : errno)));
    return;
  }
  const std::uintmax_t size = fs::file_size(path, error);
  texts.push_back({path, slurp(in, max_bytes, error ? 0 : size)});
  if (in.bad()) diagnostics.push_back(unreadable(path, "input/output error"));
}

}  // namespace

void add_input_options(CLI::App& app, InputOptions& options) {
  app.add_option("FILE", options.paths, "Spec files, folders or globs; - is stdin")
      ->required()
      ->type_name("");
  app.add_flag("-R,--recursive", options.recursive, "Also read the folders below a folder");
  app.add_option("-n,--namespace", options.name_space, "Namespace of resources that name none")
      ->type_name("NAME");
  app.add_option("-f,--values", options.values,
                 "Overlay merged into every resource (JSON merge patch); repeatable")
      ->type_name("FILE")
      ->take_all()
      ->expected(1);
  app.add_option("--set", options.set, "Override a field: spec.replicas=6; repeatable")
      ->type_name("PATH=VALUE")
      ->take_all()
      ->expected(1);
  app.add_option("--set-string", options.set_string, "The same; the value is always a string")
      ->type_name("PATH=VALUE")
      ->take_all()
      ->expected(1);
  add_max_input_size(app, options.max_bytes);
}

void add_max_input_size(CLI::App& app, std::size_t& max_bytes) {
  app.add_option_function<std::string>(
         "--max-input-size",
         [&max_bytes](const std::string& text) {
           const auto quantity = Quantity::parse(text);
           if (!quantity || quantity->value() < 1) {
             throw CLI::ValidationError("--max-input-size",
                                        "must be a size such as 16Mi, not " + text);
           }
           max_bytes = static_cast<std::size_t>(quantity->value());
         },
         "Largest input file accepted [" + std::to_string(max_bytes >> 20U) + "Mi]")
      ->type_name("SIZE");
}

std::vector<NamedText> read_files(const std::vector<std::string>& paths,
                                  bool recursive,
                                  std::size_t max_bytes,
                                  Io& io,
                                  Diagnostics& diagnostics) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (path == "-") {
      files.push_back(path);
    } else {
      expand(path, recursive, files, diagnostics);
    }
  }
  std::vector<NamedText> texts;
  std::set<std::string> seen;
  for (const std::string& file : files) {
    std::string normal = file == "-" ? file : fs::path(file).lexically_normal().string();
    if (!seen.insert(std::move(normal)).second) continue;
    if (file == "-") {
      texts.push_back({"<stdin>", slurp(io.in, max_bytes)});
    } else {
      read_file(file, max_bytes, texts, diagnostics);
    }
  }
  return texts;
}

SpecInput read_inputs(const InputOptions& options, Io& io, Diagnostics& diagnostics) {
  SpecInput input;
  input.files = read_files(options.paths, options.recursive, options.max_bytes, io, diagnostics);
  for (const std::string& path : options.values)
    read_file(path, options.max_bytes, input.values, diagnostics);
  input.set = options.set;
  input.set_string = options.set_string;
  input.name_space = options.name_space;
  input.max_bytes = options.max_bytes;
  return input;
}

}  // namespace autocache::cli
