// Every folder here is a case (support/golden.h). `cmake --build build/dev --target update-golden`
// rewrites what is expected; read `git diff tests/golden` before committing it.

#include "support/golden.h"

#include "support/catch.h"

#include <cstdlib>
#include <set>

namespace autocache::testing {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = "tests/golden";

bool wants_update() {
  const char* update = std::getenv("AUTOCACHE_UPDATE_GOLDEN");
  return update != nullptr && std::string(update) == "1";
}

TEST_CASE("every golden case prints what is expected") {
  const bool update = wants_update();
  if (update && std::getenv("CI") != nullptr) FAIL("expected files are not updated in CI");
  const std::vector<GoldenCase> cases = golden_cases(kRoot);
  REQUIRE(!cases.empty());
  for (const GoldenCase& golden : cases) {
    const auto actual = run_golden(golden);
    if (update) {
      update_golden(golden, actual);
      continue;
    }
    auto expected = expected_files(golden);
    for (const auto& [name, text] : actual) expected.try_emplace(name);
    for (const auto& [name, text] : expected) {
      const auto found = actual.find(name);
      const std::string diff = line_diff(text, found == actual.end() ? "" : found->second);
      INFO(golden.name << "/" << name << ":\n"
                       << diff
                       << "If this is right: cmake --build build/dev --target update-golden");
      CHECK(diff.empty());
    }
  }
}

TEST_CASE("golden cases do not depend on time zone, locale or home") {
  const std::vector<GoldenCase> cases = golden_cases(kRoot);
  std::vector<std::map<std::string, std::string>> first;
  first.reserve(cases.size());
  for (const GoldenCase& golden : cases) first.push_back(run_golden(golden));
  setenv("TZ", "Asia/Kathmandu", 1);
  setenv("LC_ALL", "tr_TR.UTF-8", 1);
  setenv("HOME", "/nonexistent", 1);
  for (std::size_t i = cases.size(); i-- > 0;) {
    INFO(cases[i].name);
    CHECK(run_golden(cases[i]) == first[i]);
  }
}

TEST_CASE("every example is a golden case") {
  std::set<std::string> used;
  for (const GoldenCase& golden : golden_cases(kRoot))
    used.insert(golden.arguments.begin(), golden.arguments.end());
  for (const auto& entry : fs::directory_iterator("examples")) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path().string());
    CHECK(used.contains(entry.path().generic_string()));
  }
}

TEST_CASE("a difference is shown by its lines") {
  CHECK(line_diff("a\nb\n", "a\nb\n").empty());
  CHECK(line_diff("1\n2\n3\n4\n5\n6\n", "1\n2\n3\nx\n5\n6\n") == "  2\n  3\n- 4\n+ x\n  5\n  6\n");
  CHECK(line_diff("a\n", "a") == "only line ends at the end of the text differ\n");
}

}  // namespace
}  // namespace autocache::testing
