#include "plan/diff.h"

#include "support/catch.h"

#include <string>
#include <vector>

using namespace autocache;
using namespace autocache::plan;

namespace {

std::vector<std::string> pointers(const char* a, const char* b) {
  std::vector<std::string> result;
  for (const FieldChange& change : diff(Json::parse(a), Json::parse(b))) {
    const char* op = !change.before ? "+" : !change.after ? "-" : "~";
    result.push_back(op + change.pointer);
  }
  return result;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("maps are compared by key, in any order") {
  CHECK(pointers(R"({"a":1,"b":{"c":2}})", R"({"b":{"c":2},"a":1})").empty());
  CHECK(pointers(R"({"a":1,"b":{"c":2}})", R"({"b":{"c":3},"d":[]})") ==
        Texts{"~/b/c", "+/d", "-/a"});
  CHECK(pointers(R"({"a/b":{"c~d":1}})", R"({"a/b":{"c~d":2}})") == Texts{"~/a~1b/c~0d"});
}

TEST_CASE("1 is not 1.0, nor the text 1") {
  CHECK(pointers(R"({"a":1})", R"({"a":1.0})") == Texts{"~/a"});
  CHECK(pointers(R"({"a":1})", R"({"a":"1"})") == Texts{"~/a"});
}

TEST_CASE("items with a merge key are matched by it") {
  CHECK(pointers(
            R"({"containers":[{"name":"a","image":"1"},{"name":"b","image":"1"}]})",
            R"({"containers":[{"name":"x"},{"name":"a","image":"1"},{"name":"b","image":"2"}]})") ==
        Texts{"+/containers/0", "~/containers/2/image"});
  CHECK(pointers(
            R"({"ports":[{"containerPort":1},{"containerPort":1,"protocol":"UDP"}]})",
            R"({"ports":[{"containerPort":1},{"containerPort":1,"protocol":"UDP","name":"x"}]})") ==
        Texts{"+/ports/1/name"});
}

TEST_CASE("another order of named items is one change with the names") {
  const auto changes = diff(Json::parse(R"({"env":[{"name":"A"},{"name":"B"}]})"),
                            Json::parse(R"({"env":[{"name":"B"},{"name":"A"}]})"));
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].pointer == "/env");
  CHECK(*changes[0].before == Json({"A", "B"}));
  CHECK(*changes[0].after == Json({"B", "A"}));
}

TEST_CASE("lists without names are compared by position") {
  CHECK(pointers(R"({"args":["a","b","c"]})", R"({"args":["a","x"]})") ==
        Texts{"~/args/1", "-/args/2"});
  CHECK(pointers(R"({"env":[{"name":"A"},{"name":"A"}]})", R"({"env":[{"name":"A"}]})") ==
        Texts{"-/env/1"});
}

TEST_CASE("people see items by their name") {
  const auto changes =
      diff(Json::parse(
               R"({"spec":{"containers":[{"name":"cache","image":"a"}],"labels":{"a.b/c":"1"}}})"),
           Json::parse(
               R"({"spec":{"containers":[{"name":"cache","image":"b"}],"labels":{"a.b/c":"2"}}})"));
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].display == "spec.containers[cache].image");
  CHECK(changes[1].display == "spec.labels[a.b/c]");
}
