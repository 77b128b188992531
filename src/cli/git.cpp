#include "cli/git.h"

#include "base/text.h"
#include "plan/codes.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

namespace autocache::cli {
namespace {

struct Output {
  int status = 127;
  std::string out;
};

/// A descriptor from which `text` is read; -1 if there is no room.
int readable(std::string_view text) {
  const int file = ::memfd_create("autocache", MFD_CLOEXEC);
  if (file < 0) return -1;
  while (!text.empty()) {
    const ssize_t count = ::write(file, text.data(), text.size());
    if (count <= 0) break;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (text.empty() && ::lseek(file, 0, SEEK_SET) == 0) return file;
  ::close(file);
  return -1;
}

std::string read_all(int file, std::size_t limit) {
  std::string text;
  std::array<char, 65536> buffer{};
  ssize_t count = 0;
  while (text.size() < limit && (count = ::read(file, buffer.data(), buffer.size())) > 0)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  return text;
}

/// Runs `git ARGUMENTS...` with `in` on its stdin; reads at most `limit` bytes of what it prints.
Output run_git(const std::vector<std::string>& arguments,
               std::size_t limit,
               std::string_view in = {}) {
  Output result;
  const int input = readable(in);
  std::array<int, 2> pipe_ends{};
  if (input < 0) return result;
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
    ::close(input);
    return result;
  }
  std::vector<char*> argv;
  std::string program = "git";
  argv.push_back(program.data());
  std::vector<std::string> words = arguments;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, "git", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(input);
  ::close(pipe_ends[1]);
  if (error == 0) result.out = read_all(pipe_ends[0], limit);
  ::close(pipe_ends[0]);
  if (error != 0) return result;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  const bool cut = result.out.size() >= limit;
  if (cut) result.out.resize(limit);
  // A git that could not print all because we had enough is no failure.
  result.status = cut ? 0 : WIFEXITED(status) ? WEXITSTATUS(status) : 127;
  return result;
}

constexpr std::size_t kListLimit = std::size_t{64} * 1024 * 1024;

bool is_manifest(std::string_view name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
}

void fail(std::string_view path, std::string message, Diagnostics& diagnostics) {
  Diagnostic made;
  made.code = plan::kUnreadableRevision;
  made.at.file = path;
  made.message = std::move(message);
  diagnostics.push_back(std::move(made));
}

/// A file of a revision.
struct Blob {
  std::string id;
  std::string name;
  std::size_t size = 0;
};

/// The manifests of the folder with the id `tree`, in byte order of their names; these begin with
/// `folder`.
std::vector<Blob> list_folder(const std::string& tree, const std::string& folder, bool recursive) {
  std::vector<std::string> command = {"ls-tree", "-z", "-l", "--full-tree"};
  if (recursive) command.emplace_back("-r");
  command.push_back(tree);
  const Output list = run_git(command, kListLimit);
  std::vector<Blob> blobs;
  for (const std::string_view entry : split(list.out, '\0')) {
    // MODE TYPE ID SIZE<tab>NAME, the size with blanks before it; SIZE of what is no file is "-".
    const std::size_t tab = entry.find('\t');
    if (tab == std::string_view::npos || !is_manifest(entry.substr(tab + 1))) continue;
    const auto words = split(entry.substr(0, tab), ' ');
    Blob blob{std::string(words[2]), folder + std::string(entry.substr(tab + 1)), 0};
    const std::string_view size = words.back();
    const auto read = std::from_chars(size.data(), size.data() + size.size(), blob.size);
    if (words[1] == "blob" && read.ec == std::errc{}) blobs.push_back(std::move(blob));
  }
  std::sort(blobs.begin(), blobs.end(),
            [](const Blob& a, const Blob& b) { return a.name < b.name; });
  return blobs;
}

/// The contents of all `blobs` from one run of git.
std::vector<NamedText> read_blobs(const std::vector<Blob>& blobs,
                                  std::size_t max_bytes,
                                  Diagnostics& diagnostics) {
  std::string ids;
  std::size_t expected = 0;
  for (const Blob& blob : blobs) {
    if (blob.size > max_bytes) continue;
    ids += blob.id + '\n';
    expected += blob.size + 256;
  }
  const Output all = run_git({"cat-file", "--batch"}, expected + 1, ids);
  std::string_view rest = all.out;
  std::vector<NamedText> texts;
  for (const Blob& blob : blobs) {
    const std::string name = "git:" + blob.name;
    if (blob.size > max_bytes) {
      texts.push_back({name, run_git({"cat-file", "blob", blob.id}, max_bytes + 1).out});
      continue;
    }
    // ID blob SIZE<newline>CONTENTS<newline>
    const std::size_t start = rest.find('\n') + 1;
    if (start == 0 || rest.size() < start + blob.size + 1 || !rest.starts_with(blob.id)) {
      fail(name, "cannot be read", diagnostics);
      return texts;
    }
    texts.push_back({name, std::string(rest.substr(start, blob.size))});
    rest.remove_prefix(start + blob.size + 1);
  }
  return texts;
}

std::string why_no_revision(const std::string& revision) {
  if (run_git({"--version"}, kListLimit).status != 0) return "the program git cannot be run";
  if (run_git({"rev-parse", "--git-dir"}, kListLimit).status != 0)
    return "the working directory is in no git repository";
  return "there is no git revision \"" + revision + "\" here";
}

}  // namespace

bool is_git_input(std::string_view path) {
  return path.starts_with("git:");
}

std::vector<NamedText> read_git(std::string_view path,
                                bool recursive,
                                std::size_t max_bytes,
                                Diagnostics& diagnostics) {
  const std::size_t colon = path.find(':', 4);
  if (colon == std::string_view::npos) {
    fail(path, "a path is missing: git:REVISION:PATH", diagnostics);
    return {};
  }
  const std::string revision(path.substr(4, colon - 4));
  // Git itself takes "." for a file of this name.
  const std::string inside(path.substr(colon + 1) == "." ? "./" : path.substr(colon + 1));
  if (revision.empty() || revision.starts_with('-')) {
    fail(path, "\"" + revision + "\" is not a git revision", diagnostics);
    return {};
  }
  if (run_git({"rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"},
              kListLimit)
          .status != 0) {
    fail(path, why_no_revision(revision), diagnostics);
    return {};
  }
  const std::string object = revision + ":" + inside;
  const Output found =
      run_git({"rev-parse", "--verify", "--quiet", "--end-of-options", object}, kListLimit);
  const std::string id(trim(found.out));
  const Output type = run_git({"cat-file", "-t", id}, kListLimit);
  const std::string_view kind = trim(type.out);
  if (found.status != 0 || type.status != 0 || (kind != "blob" && kind != "tree")) {
    fail(path, "there is no \"" + inside + "\" in revision " + revision, diagnostics);
    return {};
  }
  if (kind == "blob")
    return {{"git:" + object, run_git({"cat-file", "blob", id}, max_bytes + 1).out}};

  const std::string folder = object.ends_with('/') || object.ends_with(':') ? object : object + "/";
  const std::vector<Blob> blobs = list_folder(id, folder, recursive);
  if (blobs.empty()) fail(path, "the folder holds no .yaml, .yml or .json file", diagnostics);
  return read_blobs(blobs, max_bytes, diagnostics);
}

}  // namespace autocache::cli
