// Every diagnostic of this module, as people see it (tests/table/diagnostics.yaml).

#include "base/json.h"
#include "spec/codes.h"
#include "support/catch.h"
#include "unit/spec/support.h"
#include "yaml/reader.h"
#include "yaml/resolve.h"

#include <fstream>
#include <iterator>

namespace autocache::spec {
namespace {

Json read_cases() {
  std::ifstream in("tests/table/diagnostics.yaml", std::ios::binary);
  REQUIRE(in);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const auto read = yaml::read(make_source("diagnostics.yaml", std::move(text)));
  REQUIRE(read.diagnostics.empty());
  return yaml::to_json(read.documents.at(0).root).at("cases");
}

TEST_CASE("every diagnostic has the text that is written down") {
  for (const auto& entry : read_cases()) {
    INFO(entry.at("name").get<std::string>());
    const auto said = entry.contains("object")
                          ? test::problems(entry.at("object").get<std::string>() + "\n")
                          : test::spec_problems(entry.at("spec").get<std::string>());
    CHECK(said == entry.at("says").get<std::string>() + "\n");
  }
}

TEST_CASE("every code is given by some case") {
  std::string all;
  for (const auto& entry : read_cases()) all += entry.at("says").get<std::string>();
  for (const auto& entry : codes()) {
    // The next three come from options of the caller or from text that is too long to write down;
    // other tests have them.
    if (entry.code == code::kNamespace || entry.code == code::kAnnotationSize ||
        entry.code == code::kSetArgument || entry.code == code::kSetPath) {
      continue;
    }
    // No field of the schemas has this format today.
    if (entry.code == code::kPath) continue;
    INFO(std::string(entry.code));
    CHECK(all.find("[" + std::string(entry.code) + "]") != std::string::npos);
  }
}

}  // namespace
}  // namespace autocache::spec
