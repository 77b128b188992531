#include "runtime-hook/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace autocache::hook {
namespace {

constexpr std::size_t kMaxSize = std::size_t{16} * 1024 * 1024;

std::string problem(const std::string& path) {
  return path + ": " + std::strerror(errno);
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const auto written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return false;
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

tl::expected<std::string, std::string> read_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return tl::unexpected(problem(path));
  }
  std::string content;
  char buffer[16384];
  ssize_t got = 0;
  while ((got = read(fd, buffer, sizeof(buffer))) > 0 || (got < 0 && errno == EINTR)) {
    content.append(buffer, got > 0 ? static_cast<std::size_t>(got) : 0);
    if (content.size() > kMaxSize) {
      close(fd);
      return tl::unexpected(path + ": larger than 16 MiB");
    }
  }
  const std::string text = got < 0 ? problem(path) : std::string();
  close(fd);
  if (!text.empty()) {
    return tl::unexpected(text);
  }
  return content;
}

std::string write_file(const std::string& path, std::string_view content, mode_t mode) {
  const std::string beside = path + ".new";
  unlink(beside.c_str());
  const int fd = open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    return problem(beside);
  }
  // The umask must not take away what was asked for: the server may run as another user of the same
  // group.
  const bool written = fchmod(fd, mode) == 0 && write_all(fd, content) && fsync(fd) == 0;
  std::string failed = written ? std::string() : problem(beside);
  close(fd);
  if (!failed.empty()) {
    unlink(beside.c_str());
    return failed;
  }
  if (rename(beside.c_str(), path.c_str()) != 0) {
    return problem(path);
  }
  return {};
}

tl::expected<std::string, std::string> read_password(const std::string& path) {
  auto content = read_file(path);
  if (!content) {
    return content;
  }
  while (!content->empty() && (content->back() == '\n' || content->back() == '\r')) {
    content->pop_back();
  }
  if (content->empty()) {
    return tl::unexpected(path + ": the password is empty");
  }
  return content;
}

}  // namespace autocache::hook
