// docs/fields.md, docs/diagnostics.md and the table of docs/impact-rules.md are generated; with
// AUTOCACHE_UPDATE_DOCS=1 this test writes them.

#include "cli/codes.h"
#include "plan/codes.h"
#include "plan/plan.h"
#include "render/codes.h"
#include "spec/diagnostics_reference.h"
#include "spec/field_reference.h"
#include "support/catch.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace autocache::spec {
namespace {

std::string read_file(const char* path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void check_current(const char* path, const std::string& wanted) {
  const char* update = std::getenv("AUTOCACHE_UPDATE_DOCS");
  if (update != nullptr && std::string(update) == "1") {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << wanted;
  }
  INFO(path << " is out of date: build the target update-docs and commit it");
  CHECK(read_file(path) == wanted);
}

/// The codes of every module; those above spec are plain constants in their headers.
std::vector<CodeTable> all_tables() {
  auto out = code_tables();
  out.push_back({"Files", {cli::kCodes.begin(), cli::kCodes.end()}});
  out.push_back({"Rendering", {render::kCodes.begin(), render::kCodes.end()}});
  out.push_back({"Plans", {plan::kCodes.begin(), plan::kCodes.end()}});
  out.push_back({"Desired state of the hook",
                 {{"AC4001", "the desired state is no JSON"},
                  {"AC4002", "a key of the desired state is unknown"},
                  {"AC4003", "a value of the desired state is not valid"}}});
  return out;
}

TEST_CASE("docs/fields.md is current") {
  check_current("docs/fields.md", field_reference(kinds().front()));
}

TEST_CASE("docs/diagnostics.md is current") {
  check_current("docs/diagnostics.md", diagnostics_reference(all_tables()));
}

TEST_CASE("docs/impact-rules.md holds the table that plan --rules prints") {
  constexpr const char* kPage = "docs/impact-rules.md";
  const std::string marker =
      "<!-- Written from the code by the build target update-docs. Do not edit below. -->\n\n";
  const std::string page = read_file(kPage);
  const std::size_t at = page.find(marker);
  REQUIRE(at != std::string::npos);
  check_current(kPage, page.substr(0, at + marker.size()) + plan::rules_markdown());
}

TEST_CASE("every link of the field reference leads to a heading of its own") {
  const auto text = field_reference(kinds().front());
  std::set<std::string> anchors;
  for (std::size_t at = text.find("\n## "); at != std::string::npos;
       at = text.find("\n## ", at + 1)) {
    std::string anchor;
    for (const char c : text.substr(at + 4, text.find('\n', at + 1) - at - 4)) {
      if (c != '.') {
        anchor += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
      }
    }
    INFO(anchor);
    CHECK(anchors.insert(anchor).second);
  }
  CHECK(anchors.size() > 50);
  for (std::size_t at = text.find("](#"); at != std::string::npos; at = text.find("](#", at + 1)) {
    const auto link = text.substr(at + 3, text.find(')', at) - at - 3);
    INFO(link);
    CHECK(anchors.count(link) == 1);
  }
}

TEST_CASE("no code stands for two things") {
  std::set<std::string_view> codes;
  for (const auto& table : all_tables()) {
    for (const auto& [code, summary] : table.codes) {
      INFO(code);
      CHECK(codes.insert(code).second);
      CHECK_FALSE(summary.empty());
    }
  }
}

}  // namespace
}  // namespace autocache::spec
