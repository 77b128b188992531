#include "support/golden.h"

#include "directives/config_text.h"
#include "support/cli.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

namespace autocache::testing {

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_expected(const std::string& name) {
  return name == "expected.out" || name == "expected.err" || name == "expected.exit";
}

GoldenCase read_case(const fs::path& folder) {
  GoldenCase out{folder.filename().string(), folder, {}, {}};
  std::string command = read(folder / "cmd");
  if (!command.empty() && command.back() == '\n') command.pop_back();
  const auto arguments = directives::split_arguments(command);
  if (!arguments || arguments->empty())
    throw std::runtime_error(out.name + "/cmd is not one line of arguments");
  out.arguments = *arguments;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name == "cmd" || is_expected(name)) continue;
    const bool used =
        std::any_of(out.arguments.begin(), out.arguments.end(), [&](const std::string& argument) {
          return argument.find(out.name + "/" + name) != std::string::npos ||
                 argument.ends_with("tests/golden/" + out.name);
        });
    if (!used) throw std::runtime_error(out.name + "/" + name + " is not used by its cmd");
  }
  const auto redirect = std::find(out.arguments.begin(), out.arguments.end(), "<");
  if (redirect != out.arguments.end()) {
    if (std::next(redirect) == out.arguments.end())
      throw std::runtime_error(out.name + "/cmd: no file after <");
    out.input = read(*std::next(redirect));
    out.arguments.erase(redirect, out.arguments.end());
  }
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    out.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

}  // namespace

std::vector<GoldenCase> golden_cases(const fs::path& root) {
  std::set<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(root))
    if (entry.is_directory()) folders.insert(entry.path());
  std::vector<GoldenCase> out;
  out.reserve(folders.size());
  for (const fs::path& folder : folders) out.push_back(read_case(folder));
  return out;
}

std::map<std::string, std::string> run_golden(const GoldenCase& golden) {
  const CliResult result = run_cli(golden.arguments, golden.input);
  std::map<std::string, std::string> files;
  if (!result.out.empty()) files["expected.out"] = result.out;
  if (!result.err.empty()) files["expected.err"] = result.err;
  if (result.exit_code != 0) files["expected.exit"] = std::to_string(result.exit_code) + "\n";
  return files;
}

std::map<std::string, std::string> expected_files(const GoldenCase& golden) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(golden.folder)) {
    const std::string name = entry.path().filename().string();
    if (is_expected(name)) files[name] = read(entry.path());
  }
  return files;
}

void update_golden(const GoldenCase& golden, const std::map<std::string, std::string>& files) {
  const std::map<std::string, std::string> old = expected_files(golden);
  for (const auto& [name, text] : old)
    if (!files.contains(name)) fs::remove(golden.folder / name);
  for (const auto& [name, text] : files) {
    const auto found = old.find(name);
    if (found == old.end() || found->second != text)
      std::ofstream(golden.folder / name, std::ios::binary) << text;
  }
}

std::string line_diff(const std::string& expected, const std::string& actual) {
  if (expected == actual) return {};
  const std::vector<std::string> a = lines_of(expected);
  const std::vector<std::string> b = lines_of(actual);
  // Longest common subsequence of the rest of a and b.
  std::vector<std::vector<int>> common(a.size() + 1, std::vector<int>(b.size() + 1, 0));
  for (std::size_t i = a.size(); i-- > 0;)
    for (std::size_t j = b.size(); j-- > 0;)
      common[i][j] =
          a[i] == b[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
  std::vector<std::string> marked;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      marked.push_back("  " + a[i++]);
      ++j;
    } else if (j == b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1])) {
      marked.push_back("- " + a[i++]);
    } else {
      marked.push_back("+ " + b[j++]);
    }
  }
  constexpr std::size_t kAround = 2;
  std::string out;
  for (std::size_t line = 0; line < marked.size(); ++line) {
    const std::size_t first = line < kAround ? 0 : line - kAround;
    const std::size_t last = std::min(line + kAround + 1, marked.size());
    const bool near = std::any_of(marked.begin() + static_cast<std::ptrdiff_t>(first),
                                  marked.begin() + static_cast<std::ptrdiff_t>(last),
                                  [](const std::string& each) { return each.front() != ' '; });
    if (near) out += marked[line] + '\n';
  }
  return out.empty() ? "only line ends at the end of the text differ\n" : out;
}

}  // namespace autocache::testing
