#include "spec/overlay.h"

#include "base/json.h"
#include "support/catch.h"
#include "yaml/reader.h"
#include "yaml/resolve.h"

namespace autocache::spec {
namespace {

yaml::Document document(const std::string& name, const std::string& text) {
  auto read = yaml::read(make_source(name, text));
  REQUIRE(read.diagnostics.empty());
  REQUIRE(read.documents.size() == 1);
  return std::move(read.documents.front());
}

std::string merged(const std::string& base, const std::string& patch) {
  auto out = document("base.yaml", base);
  merge_patch(out, document("patch.yaml", patch));
  return yaml::to_json(out.root).dump();
}

std::string text_of(const Diagnostics& diagnostics) {
  std::string out;
  for (const auto& diagnostic : diagnostics) {
    out += format(diagnostic);
  }
  return out;
}

/// The document after `--set argument`, as JSON, or the problem.
std::string after_set(const std::string& base,
                      const std::string& argument,
                      SetType type = SetType::kYaml) {
  auto out = document("base.yaml", base);
  const auto assignment =
      parse_set(type == SetType::kYaml ? "--set" : "--set-string", argument, type);
  if (!assignment) {
    return text_of(assignment.error());
  }
  if (const auto problems = apply_set(out, *assignment); !problems.empty()) {
    return text_of(problems);
  }
  return yaml::to_json(out.root).dump();
}

TEST_CASE("a merge patch does what RFC 7396 says") {
  // The examples of its appendix A that are objects.
  CHECK(merged(R"({"a":"b"})", R"({"a":"c"})") == R"({"a":"c"})");
  CHECK(merged(R"({"a":"b"})", R"({"b":"c"})") == R"({"a":"b","b":"c"})");
  CHECK(merged(R"({"a":"b"})", R"({"a":null})") == "{}");
  CHECK(merged(R"({"a":"b","b":"c"})", R"({"a":null})") == R"({"b":"c"})");
  CHECK(merged(R"({"a":["b"]})", R"({"a":"c"})") == R"({"a":"c"})");
  CHECK(merged(R"({"a":"c"})", R"({"a":["b"]})") == R"({"a":["b"]})");
  CHECK(merged(R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})") == R"({"a":{"b":"d"}})");
  CHECK(merged(R"({"a":[{"b":"c"}]})", R"({"a":[1]})") == R"({"a":[1]})");
  CHECK(merged(R"({"e":null})", R"({"a":1})") == R"({"e":null,"a":1})");
  CHECK(merged("[1, 2]", R"({"a":"b","c":null})") == R"({"a":"b"})");
  CHECK(merged("{}", R"({"a":{"bb":{"ccc":null}}})") == R"({"a":{"bb":{}}})");
}

TEST_CASE("what a patch brings points into the patch, which stays alive") {
  auto base = document("base.yaml", "spec:\n  replicas: 3\n");
  merge_patch(base, document("patch.yaml", "spec: {port: 1}\n"));
  const auto* spec = base.root.find("spec");
  CHECK(spec->find("replicas")->at.source->name == "base.yaml");
  CHECK(spec->find("port")->at.source->name == "patch.yaml");
  CHECK(spec->find("port")->at.column == 14);
}

TEST_CASE("--set reads its value as a YAML scalar") {
  CHECK(after_set("{}", "spec.replicas=6") == R"({"spec":{"replicas":6}})");
  CHECK(after_set("{a: 1}", "a=true") == R"({"a":true})");
  CHECK(after_set("{}", "a=x=y") == R"({"a":"x=y"})");
  CHECK(after_set("{}", "a=\"6\"") == R"({"a":"6"})");
  CHECK(after_set("{}", "a=[1, {b: x}]") == R"({"a":[1,{"b":"x"}]})");
  CHECK(after_set("{a: 1, b: 2}", "a=null") == R"({"b":2})");
  CHECK(after_set("{a: 1, b: 2}", "a=") == R"({"b":2})");
  CHECK(after_set("a:\n", "a.b=1") == R"({"a":{"b":1}})");
}

TEST_CASE("--set-string takes the value as text") {
  CHECK(after_set("{}", "a=6", SetType::kString) == R"({"a":"6"})");
  CHECK(after_set("{}", "a=", SetType::kString) == R"({"a":""})");
  CHECK(after_set("{}", "a=[x", SetType::kString) == R"({"a":"[x"})");
}

TEST_CASE("paths have escaped dots and indices") {
  CHECK(after_set("{}", R"(a.example\.com/x=1)") == R"({"a":{"example.com/x":1}})");
  CHECK(after_set("a: [{b: 1}]", "a[0].b=2") == R"({"a":[{"b":2}]})");
  CHECK(after_set("a: [1]", "a[1]=2") == R"({"a":[1,2]})");
  CHECK(after_set("{}", "a[0].b=2") == R"({"a":[{"b":2}]})");
  CHECK(after_set("a: [[1]]", "a[0][0]=2") == R"({"a":[[2]]})");
}

TEST_CASE("what is wrong with an assignment is shown in it") {
  CHECK(after_set("{}", "a") ==
        "--set:1:1: error: must have the form path=value [AC0228]\n"
        "    1 | a\n"
        "      | ^\n"
        "      = hint: write it as in spec.replicas=6 or spec.env[0].value=x\n");
  CHECK(after_set("{}", "a..b=1").find("the path has an empty name") != std::string::npos);
  CHECK(after_set("{}", "a[x]=1").find("an index is a number in brackets") != std::string::npos);
  CHECK(after_set("{}", "a[0]b=1").find("a dot is missing behind the index") != std::string::npos);
  CHECK(after_set("{}", "a=[1").find("--set:1:5: error: ") == 0);
  CHECK(after_set("a: [1]", "a[2]=1") ==
        "--set:1:2: error: the list has 1 item; the next one is [1] [AC0229]\n"
        "    1 | a[2]=1\n"
        "      |  ^\n"
        "      = hint: the value is at base.yaml:1:4\n");
  CHECK(after_set("a: x", "a.b=1") ==
        "--set:1:3: error: \"b\" needs an object, not a string [AC0229]\n"
        "    1 | a.b=1\n"
        "      |   ^\n"
        "      = hint: the value is at base.yaml:1:4\n");
  CHECK(after_set("a: x", "a[0]=1").find("an index needs a list, not a string") !=
        std::string::npos);
}

}  // namespace
}  // namespace autocache::spec
