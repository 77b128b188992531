#include "runtime-hook/endpoint.h"
#include "runtime-hook/files.h"
#include "runtime-hook/pod_commands.h"

#include <climits>
#include <cstdlib>
#include <filesystem>

namespace autocache::hook {
namespace {

constexpr mode_t kConfigMode = 0640;
constexpr mode_t kProgramMode = 0755;

/// A value in the double quotes of redis.conf: every byte that is not plain ASCII, and the quote,
/// as \xNN.
std::string quoted(const std::string& value) {
  constexpr const char* kHex = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > ' ' && byte < 0x7f && c != '"' && c != '\\') {
      result += c;
    } else {
      result += "\\x";
      result += kHex[byte >> 4];
      result += kHex[byte & 15];
    }
  }
  return result + "\"";
}

std::string install_program(const std::string& to) {
  const auto self = std::filesystem::path("/proc/self/exe");
  const std::string beside = to + ".new";
  std::error_code problem;
  std::filesystem::copy_file(self, beside, std::filesystem::copy_options::overwrite_existing,
                             problem);
  if (!problem) {
    std::filesystem::permissions(beside, static_cast<std::filesystem::perms>(kProgramMode),
                                 problem);
  }
  if (!problem) {
    std::filesystem::rename(beside, to, problem);
  }
  return problem ? to + ": " + problem.message() : std::string();
}

}  // namespace

std::string final_config(const std::string& in,
                         const std::string& pod_ip,
                         const std::string& username,
                         const std::string& password) {
  std::string text = "include " + quoted(in) + "\n";
  if (!pod_ip.empty()) {
    text += "cluster-announce-ip " + pod_ip + "\n";
  }
  if (!password.empty()) {
    text += "requirepass " + quoted(password) + "\nmasterauth " + quoted(password) + "\n";
  }
  if (!password.empty() && !username.empty()) {
    text += "masteruser " + quoted(username) + "\n";
  }
  return text;
}

ExitCode run_prepare(const Options& options, const std::string& pod_ip, std::ostream& problems) {
  auto fail = [&](const std::string& problem) {
    problems << "autocache-hook: error: " << problem << '\n';
    return ExitCode::kFailed;
  };
  if (!pod_ip.empty() && !is_address(pod_ip)) {
    return fail("POD_IP: " + pod_ip + " is no IP address");
  }
  std::string password;
  if (!options.password_file.empty()) {
    auto read = read_password(options.password_file);
    if (!read) {
      return fail(read.error());
    }
    password = std::move(*read);
  }
  if (const auto readable = read_file(options.in); !readable) {
    return fail(readable.error());
  }
  const std::string in = std::filesystem::absolute(options.in).string();
  std::string problem =
      write_file(options.out, final_config(in, pod_ip, options.username, password), kConfigMode);
  if (problem.empty() && !options.install.empty()) {
    problem = install_program(options.install);
  }
  return problem.empty() ? ExitCode::kDone : fail(problem);
}

}  // namespace autocache::hook
