#include "templategen/generator.h"

#include "support/catch.h"

namespace autocache::templategen {
namespace {

/// The problems of one template, as text.
std::string problems(const std::string& text) {
  const SourcePtr source = make_source("t.yaml", text);
  std::string out;
  for (const Diagnostic& each : generate({source}, {"m.h", "n"}).diagnostics) out += format(each);
  return out;
}

std::string code(const std::string& text) {
  const Generated generated = generate({make_source("t.yaml", text)}, {"m.h", "n"});
  REQUIRE(generated.diagnostics.empty());
  return generated.code;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a placeholder alone keeps its type, inside text it becomes text") {
  const std::string out = code("a: ${x.y}\nb: pre-${x}-${z}\nc: ${opt?}\n");
  CHECK(has(out, R"(o0.add("a", to_json(model.x.y));)"));
  CHECK(has(out, R"(o0.add("b", Json(text("pre-", model.x, "-", model.z)));)"));
  CHECK(has(out, R"(o0.add_present("c", model.opt);)"));
}

TEST_CASE("constants have the type that YAML gives them") {
  const std::string out = code("a: 1\nb: true\nc: text\nd: \"1\"\ne: {}\nf: []\n");
  CHECK(has(out, R"(o0.add("a", Json(std::int64_t{1}));)"));
  CHECK(has(out, R"(o0.add("b", Json(true));)"));
  CHECK(has(out, R"(o0.add("c", Json("text"));)"));
  CHECK(has(out, R"(o0.add("d", Json("1"));)"));
  CHECK(has(out, "o0.add(\"e\", std::move(o1).json());"));
  CHECK(has(out, "o0.add(\"f\", std::move(l2).json());"));
}

TEST_CASE("text of a template is never code") {
  CHECK(has(code(R"(a: "quote \" backslash \\ newline \n")"),
            R"(Json("quote \" backslash \\ newline \012"))"));
}

TEST_CASE("loop variables hide members of the model inside their loop only") {
  const std::string out =
      code("items:\n  - $for: x in list\n    a: ${x.name}\n    b: ${y}\nafter: ${x}\n");
  CHECK(has(out, "for (const auto& x : model.list) {"));
  CHECK(has(out, "to_json(x.name)"));
  CHECK(has(out, "to_json(model.y)"));
  CHECK(has(out, "o0.add(\"after\", to_json(model.x));"));
}

TEST_CASE("conditions and splices name members of the model") {
  const std::string out =
      code("a:\n  $if: not b.c\n  $splice: d\nl:\n  - $splice: e\n  - $if: f\n    g: 1\n");
  CHECK(has(out, "if (!present(model.b.c)) {"));
  CHECK(has(out, ".splice(model.d);"));
  CHECK(has(out, "Object o1(0 + count(model.d));"));
  CHECK(has(out, ".splice(model.e);"));
  CHECK(has(out, "if (present(model.f)) {"));
}

TEST_CASE("every statement carries the place in the template that it comes from") {
  CHECK(has(code("a: 1\nb:\n  c: ${d}\n"), "#line 3 \"t.yaml\"\no1.add(\"c\", to_json(model.d));"));
}

TEST_CASE("mistakes in a template are located errors") {
  CHECK(problems("a: ${b\n") ==
        "t.yaml:1:4: error: a placeholder without its closing brace [AC0901]\n"
        "    1 | a: ${b\n      |    ^\n");
  CHECK(has(problems("a: ${B}\n"), "t.yaml:1:4: error: \"B\" is not a path of lower-case names"));
  CHECK(has(problems("a:\n  $fi: b\n"), "t.yaml:2:3: error: unknown directive $fi"));
  CHECK(has(problems("a: x${b?}\n"), "an optional placeholder stands alone"));
  CHECK(has(problems("a:\n  $for: b in c\n"), "$for repeats list items and documents only"));
  CHECK(has(problems("l:\n  - $for: b\n"), "a loop is written `name in path`"));
  CHECK(has(problems("a: yes\n"), "quote it"));
  CHECK(has(problems("a: ~\n"), "null has no place"));
  CHECK(has(problems("${a}: 1\n"), "a placeholder in a key"));
  CHECK(has(problems("- a\n"), "a template is a mapping"));
  CHECK(has(problems("a: 1\n---\nb: 1\n"), "a template is one YAML document"));
  CHECK(has(problems("a: 1\na: 2\n"), "t.yaml:2:1: error:"));
}

TEST_CASE("all mistakes of all templates are reported at once") {
  const Generated generated = generate(
      {make_source("a.yaml", "x: ${\n"), make_source("b.yaml", "y: ${A}\nz: ${\n")}, {"m.h", "n"});
  CHECK(generated.diagnostics.size() == 3);
}

}  // namespace
}  // namespace autocache::templategen
