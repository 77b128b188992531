#include "schemagen/compile.h"

#include "schemagen/emit.h"
#include "support/catch.h"
#include "yaml/reader.h"

namespace autocache::schemagen {
namespace {

/// What compiling `text` says.
std::string problems(const std::string& text) {
  auto read = yaml::read(make_source("s.yaml", text));
  REQUIRE(read.diagnostics.empty());
  Diagnostics diagnostics;
  compile(read.documents, diagnostics);
  std::string out;
  for (const auto& diagnostic : diagnostics) {
    out += std::to_string(diagnostic.at.line) + ":" + std::to_string(diagnostic.at.column) + " " +
           diagnostic.message + "\n";
  }
  return out;
}

std::string definition(const std::string& schema) {
  return "definitions:\n  A: " + schema + "\n";
}

constexpr const char* kKind =
    "group: g\nversion: v1\nkind: K\nplural: ks\nsingular: k\ndescription: A kind.\n"
    "shortNames: [k]\nscaleSpecPath: .spec.n\nscaleStatusPath: .status.n\n"
    "printerColumns: [{name: N, type: integer, jsonPath: .spec.n, description: The n., priority: "
    "1}]\n"
    "rules: [{rule: 'size(self.metadata.name) < 9', message: too long, inCode: true}]\n"
    "spec:\n  type: object\n  default: {}\n  description: The spec.\n  properties:\n"
    "    n: {type: integer, minimum: 1, maximum: 9, default: 3, example: 4, description: 'Say "
    "\"n\".'}\n"
    "    t: {$ref: T, description: Another text.}\n"
    "    u: {$ref: T}\n"
    "    l: {type: array, items: {$ref: T}, listMapKeys: [], description: A list.}\n"
    "status:\n  type: object\n  description: The status.\n  properties:\n"
    "    n: {type: integer, description: The n.}\n"
    "definitions:\n  T: {type: string, enum: [a, b], pattern: '^[a-z]$', maxLength: 5, "
    "description: "
    "A text.}\n";

TEST_CASE("what is wrong with a schema is an error of the build, with its place") {
  CHECK(problems(definition("{type: text, description: x}")) ==
        "2:13 unknown word \"text\"\n2:6 has neither properties nor additionalProperties\n");
  CHECK(problems(definition("{type: string}")) == "2:6 has no description\n");
  CHECK(problems(definition("{description: x}")) ==
        "2:6 has no type\n2:6 has neither properties nor additionalProperties\n");
  CHECK(problems(definition("{type: string, description: x, minSize: 1}")) ==
        "2:37 unknown keyword \"minSize\"\n");
  CHECK(problems(definition("{type: string, description: x, maxLength: a}")) ==
        "2:48 must be a number\n");
  CHECK(problems(definition("{type: string, description: x, pattern: '('}")) ==
        "2:46 is no pattern\n");
  CHECK(problems(definition("{type: array, description: x}")) == "2:6 has no items\n");
  CHECK(problems(definition("{type: object, description: x, required: [b], properties: {a: {type: "
                            "string, description: y}}}")) ==
        "2:6 requires \"b\", which is no property\n");
  CHECK(problems(
            definition("{type: string, description: x, rules: [{rule: 'self ==', message: m}]}")) ==
        "2:52 is no expression that we can evaluate\n");
  CHECK(problems(definition("{type: string, description: x, rules: [{rule: 'self == 1'}]}")) ==
        "2:45 needs rule and message\n");
  CHECK(problems(definition("{type: array, description: x, items: {$ref: B}}")) ==
        "2:50 there is no definition \"B\"\n");
  CHECK(problems(definition("{type: array, description: x, items: {$ref: A}}")) ==
        "2:50 definition \"A\" contains itself\n");
  CHECK(problems("kind: K\nfoo: 1\n") ==
        "2:1 unknown keyword \"foo\"\n1:1 needs spec and status\n");
}

TEST_CASE("a kind becomes constants that are the same each time") {
  auto read = yaml::read(make_source("s.yaml", kKind));
  REQUIRE(read.diagnostics.empty());
  Diagnostics diagnostics;
  const auto compiled = compile(read.documents, diagnostics);
  for (const auto& diagnostic : diagnostics) UNSCOPED_INFO(format(diagnostic));
  REQUIRE(diagnostics.empty());
  const auto text = emit(compiled);
  CHECK(text == emit(compile(read.documents, diagnostics)));
  const auto has = [&](const char* part) {
    INFO(part);
    CHECK(text.find(part) != std::string::npos);
  };
  has(".type = Type::kInteger, .description = \"Say \\\"n\\\".\", .default_json = \"3\", .minimum "
      "= 1, "
      ".maximum = 9, .example_json = \"4\",");
  has(".max_length = 5, .pattern = \"^[a-z]$\"");
  has(".description = \"Another text.\", .enum_values = ");
  has("{\"N\", \"integer\", \".spec.n\", \"The n.\", 1}");
  has("{\"size(self.metadata.name) < 9\", \"too long\", \"\", true}");
  has(".scale_spec_path = \".spec.n\"");
}

}  // namespace
}  // namespace autocache::schemagen
