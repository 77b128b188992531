#pragma once

// Golden cases: a folder with a command line and what it must print. Run in-process, compared byte
// by byte.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace autocache::testing {

/// One case. Files of its folder:
///   cmd                the arguments, one line; paths are from the root of the repository; `<
///   FILE` at the end is stdin expected.out       stdout expected.err       stderr; no file:
///   nothing expected.exit      exit code and a newline; no file: 0
/// and the inputs that `cmd` names.
struct GoldenCase {
  std::string name;
  std::filesystem::path folder;
  std::vector<std::string> arguments;
  std::string input;
};

/// The folders below `root` in order of their names. Throws std::runtime_error with what is wrong
/// with a case: no cmd, or a file that nothing refers to.
std::vector<GoldenCase> golden_cases(const std::filesystem::path& root);

/// What `cmd` printed, as the files that should hold it; empty ones and exit 0 are left out.
std::map<std::string, std::string> run_golden(const GoldenCase& golden);

/// The expected files that a case has.
std::map<std::string, std::string> expected_files(const GoldenCase& golden);

/// Makes the expected files of a case those given; files that do not differ are not touched.
void update_golden(const GoldenCase& golden, const std::map<std::string, std::string>& files);

/// The lines in which two texts differ, with two lines around them, marked as diff(1) marks them;
/// empty if they are equal.
std::string line_diff(const std::string& expected, const std::string& actual);

}  // namespace autocache::testing
