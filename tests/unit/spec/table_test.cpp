// The shared table of good and bad specs (tests/table/specs.yaml), as we see them. What a real API
// server says to the same specs is checked in tests/e2e.

#include "base/json.h"
#include "spec/codes.h"
#include "spec/load.h"
#include "spec/walk.h"
#include "support/catch.h"
#include "unit/spec/support.h"
#include "yaml/reader.h"
#include "yaml/resolve.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace autocache::spec {
namespace {

Json read_table() {
  std::ifstream in("tests/table/specs.yaml", std::ios::binary);
  REQUIRE(in);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const auto read = yaml::read(make_source("specs.yaml", std::move(text)));
  REQUIRE(read.diagnostics.empty());
  return yaml::to_json(read.documents.at(0).root).at("cases");
}

/// The document of a case.
std::string text_of(const Json& entry) {
  return entry.contains("object") ? entry.at("object").get<std::string>()
                                  : test::document(entry.at("spec").get<std::string>());
}

/// Codes in order, warnings marked: "AC0207 AC0316w".
std::string codes_of(const Diagnostics& diagnostics) {
  std::string out;
  for (const auto& diagnostic : diagnostics) {
    out += (out.empty() ? "" : " ") + diagnostic.code;
    out += diagnostic.severity == Severity::kWarning ? "w" : "";
  }
  return out;
}

TEST_CASE("the table of specs holds: our diagnostics and values") {
  const auto table = read_table();
  CHECK(table.size() >= 150);
  std::set<std::string> names;
  for (const auto& entry : table) {
    const auto name = entry.at("name").get<std::string>();
    INFO(name);
    CHECK(names.insert(name).second);
    std::string wanted;
    for (const auto& code : entry.at("codes")) {
      wanted += (wanted.empty() ? "" : " ") + code.get<std::string>();
    }
    const auto read = yaml::read(make_source("spec.yaml", text_of(entry)));
    REQUIRE(read.diagnostics.empty());
    const auto result = load(read.documents);
    CAPTURE(test::problems(text_of(entry)));
    CHECK(codes_of(result.diagnostics) == wanted);
    CHECK(result.resources.size() == (has_errors(result.diagnostics) ? 0 : 1));
    const auto api = entry.at("api").get<std::string>();
    CHECK((api == "same" || (api == "takes" && has_errors(result.diagnostics))));
    CHECK((api == "takes") == entry.contains("why"));
    if (entry.contains("is") && !result.resources.empty()) {
      for (const auto& value : entry.at("is").items()) {
        const Json::json_pointer pointer("/spec" + value.key());
        CAPTURE(value.key());
        REQUIRE(result.resources[0].object.contains(pointer));
        CHECK(result.resources[0].object.at(pointer).dump() == value.value().dump());
      }
    }
  }
}

/// True if all rules of `schema` and of what is inside hold, those that code checks for us
/// included.
bool rules_hold(const Schema& schema, const Json& value, Rules& rules) {
  bool fine = std::all_of(schema.rules.begin(), schema.rules.end(), [&](const CelRule& rule) {
    return rules.check(rule.rule, value) == Verdict::kHolds;
  });
  if (value.is_array()) {
    for (const auto& item : value) fine = rules_hold(*schema.items, item, rules) && fine;
  }
  if (value.is_object()) {
    for (const auto& entry : value.items()) {
      const auto* property = schema.find(entry.key());
      const auto* inner = property != nullptr ? property->schema : schema.additional;
      if (inner != nullptr) fine = rules_hold(*inner, entry.value(), rules) && fine;
    }
  }
  return fine;
}

TEST_CASE("the rules in the schema refuse what the table says that the API server refuses") {
  const auto& root = *find_kind("cache.autocache.io/v1alpha1", "AutoCache")->root;
  for (const auto& entry : read_table()) {
    INFO(entry.at("name").get<std::string>());
    const auto read = yaml::read(make_source("spec.yaml", text_of(entry)));
    const auto* spec = read.documents.at(0).root.find("spec");
    const auto result = load(read.documents);
    bool only_rules = spec != nullptr && spec->kind == yaml::Kind::kMapping;
    for (const auto& diagnostic : result.diagnostics) {
      // Below are what the schema says of single fields.
      only_rules = only_rules &&
                   (diagnostic.severity == Severity::kWarning || diagnostic.code >= code::kName);
    }
    if (!only_rules) continue;
    Diagnostics diagnostics;
    Rules rules;
    Json object = Json::object();
    object["metadata"] = {{"name", "cache"}};
    Json written;
    const Frame top;
    CHECK(Walk(diagnostics).read(*root.find("spec")->schema, *spec, top, object["spec"], written));
    const bool refused = has_errors(result.diagnostics) && entry.at("api") == "same";
    CHECK(rules_hold(root, object, rules) != refused);
  }
}

TEST_CASE("a spec with its defaults written out is the same spec") {
  for (const auto& entry : read_table()) {
    const auto name = entry.at("name").get<std::string>();
    INFO(name);
    const auto first = yaml::read(make_source("spec.yaml", text_of(entry)));
    const auto once = load(first.documents);
    if (once.resources.empty()) {
      continue;
    }
    const auto second = yaml::read(make_source("again.json", once.resources[0].object.dump()));
    const auto twice = load(second.documents);
    REQUIRE(twice.resources.size() == 1);
    CHECK(twice.resources[0].object.dump() == once.resources[0].object.dump());
    const auto third = yaml::read(make_source("again.json", once.resources[0].written.dump()));
    const auto written = load(third.documents);
    REQUIRE(written.resources.size() == 1);
    CHECK(written.resources[0].object.dump() == once.resources[0].object.dump());
    CHECK(written.resources[0].written.dump() == once.resources[0].written.dump());
  }
}

TEST_CASE("every example is valid, and stays so with its defaults written out") {
  int count = 0;
  for (const auto& file : std::filesystem::directory_iterator("examples")) {
    if (file.path().extension() != ".yaml") continue;
    ++count;
    INFO(file.path().string());
    std::ifstream in(file.path(), std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    CAPTURE(test::problems(text));
    const auto read = yaml::read(make_source("example.yaml", std::move(text)));
    CHECK(read.diagnostics.empty());
    const auto once = load(read.documents);
    CHECK_FALSE(has_errors(once.diagnostics));
    for (const auto& resource : once.resources) {
      const auto again = yaml::read(make_source("again.json", resource.object.dump()));
      const auto twice = load(again.documents);
      REQUIRE(twice.resources.size() == 1);
      CHECK(twice.resources[0].object.dump() == resource.object.dump());
    }
  }
  CHECK(count > 0);
}

TEST_CASE("every code of this module is in its list once, in order") {
  std::string last;
  for (const auto& entry : codes()) {
    CHECK(std::string(entry.code) > last);
    last = entry.code;
    CHECK_FALSE(entry.summary.empty());
  }
  CHECK(last == code::kServiceOutside);
}

}  // namespace
}  // namespace autocache::spec
