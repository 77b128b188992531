#include "cli/output_directory.h"

#include "base/sha256.h"
#include "base/text.h"
#include "cli/codes.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <system_error>

namespace autocache::cli {
namespace {

namespace fs = std::filesystem;

Diagnostic problem(Severity severity,
                   std::string_view code,
                   const fs::path& path,
                   std::string message,
                   std::string hint = {}) {
  Diagnostic diagnostic;
  diagnostic.severity = severity;
  diagnostic.code = code;
  diagnostic.at.file = path.string();
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  return diagnostic;
}

/// File name to text of every object, in name order.
std::map<std::string, const std::string*> name_files(const std::vector<RenderedObject>& objects,
                                                     std::string_view extension,
                                                     const fs::path& folder,
                                                     Diagnostics& diagnostics) {
  const auto short_name = [&](const RenderedObject& object) {
    return to_lower(object.kind + "-" + object.name).append(extension);
  };
  std::map<std::string, int> uses;
  for (const RenderedObject& object : objects) ++uses[short_name(object)];
  std::map<std::string, const std::string*> files;
  for (const RenderedObject& object : objects) {
    std::string name = short_name(object);
    if (uses[name] > 1 && !object.name_space.empty()) {
      name = to_lower(object.kind + "-" + object.name_space + "-" + object.name).append(extension);
    }
    if (!files.emplace(name, &object.text).second) {
      diagnostics.push_back(problem(Severity::kError, kFileNameClash, folder / name,
                                    "two objects would be written to this file",
                                    "render them into folders of their own"));
    }
  }
  return files;
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// File name to SHA-256 of what an earlier run wrote.
std::map<std::string, std::string> read_index(const fs::path& folder) {
  std::map<std::string, std::string> index;
  std::istringstream lines(read_text(folder / kIndexFile));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t gap = line.find("  ");
    if (gap == std::string::npos) continue;
    const std::string name = line.substr(gap + 2);
    if (name.empty() || name.find('/') != std::string::npos)
      continue;  // never reach outside the folder
    index[name] = line.substr(0, gap);
  }
  return index;
}

bool write_text(const fs::path& path, const std::string& text, Diagnostics& diagnostics) {
  errno = 0;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (out) return true;
  diagnostics.push_back(
      problem(Severity::kError, kCannotWrite, path,
              "cannot write: " + std::generic_category().message(errno == 0 ? EIO : errno)));
  return false;
}

}  // namespace

Diagnostics write_directory(const std::string& folder,
                            const std::vector<RenderedObject>& objects,
                            std::string_view extension) {
  Diagnostics diagnostics;
  const fs::path root(folder);
  const auto files = name_files(objects, extension, root, diagnostics);
  if (has_errors(diagnostics)) return diagnostics;

  std::error_code error;
  fs::create_directories(root, error);
  if (error) {
    diagnostics.push_back(problem(Severity::kError, kCannotWrite, root,
                                  "cannot make this folder: " + error.message()));
    return diagnostics;
  }
  const auto earlier = read_index(root);

  std::string index;
  for (const auto& [name, text] : files) index += sha256_hex(*text) + "  " + name + "\n";
  const auto temporary = [&](const std::string& name) { return root / ("." + name + ".tmp"); };
  bool complete = true;
  for (const auto& [name, text] : files) {
    if (!write_text(temporary(name), *text, diagnostics)) {
      complete = false;
      break;
    }
  }
  complete = complete && write_text(temporary(kIndexFile), index, diagnostics);
  if (!complete) {
    for (const auto& [name, text] : files) fs::remove(temporary(name), error);
    fs::remove(temporary(kIndexFile), error);
    return diagnostics;
  }

  for (const auto& [name, text] : files) {
    fs::rename(temporary(name), root / name, error);
    if (error)
      diagnostics.push_back(
          problem(Severity::kError, kCannotWrite, root / name, "cannot write: " + error.message()));
  }
  for (const auto& [name, hash] : earlier) {
    if (files.count(name) != 0 || !fs::is_regular_file(root / name, error)) continue;
    if (sha256_hex(read_text(root / name)) == hash) {
      fs::remove(root / name, error);
    } else {
      diagnostics.push_back(
          problem(Severity::kWarning, kStaleFileChanged, root / name,
                  "no longer part of the output, but edited since autocache wrote it; kept",
                  "delete it if it is not needed"));
    }
  }
  fs::rename(temporary(kIndexFile), root / kIndexFile, error);
  if (error)
    diagnostics.push_back(problem(Severity::kError, kCannotWrite, root / kIndexFile,
                                  "cannot write: " + error.message()));
  return diagnostics;
}

}  // namespace autocache::cli
