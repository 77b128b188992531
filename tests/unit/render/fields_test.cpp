#include "render/fields.h"

#include "support/catch.h"

namespace autocache::render {
namespace {

const Json kObject = Json::parse(
    R"({"a":{"text":"x","number":3,"flag":true,"list":[1,2],"map":{"z":"1","b":"2","n":5}},"s":"y"})");

TEST_CASE("text and lists are found by their path, absent ones are empty") {
  CHECK(text_field(kObject, {"a", "text"}) == "x");
  CHECK(text_field(kObject, {"a", "number"}).empty());
  CHECK(text_field(kObject, {"s", "below", "text"}).empty());
  CHECK(list_field(kObject, {"a", "list"}).size() == 2);
  CHECK(list_field(kObject, {"a", "map"}).empty());
}

TEST_CASE("a map of strings is ordered by key, whatever its order in the spec") {
  CHECK(map_field(kObject, {"a", "map"}) == StringMap{{"b", "2"}, {"z", "1"}});
  CHECK(map_field(kObject, {"a", "list"}).empty());
}

TEST_CASE("merging replaces values, adds members and goes into objects") {
  const Json base = Json::parse(R"({"a":1,"b":{"c":2,"d":3},"l":[1]})");
  CHECK(merged(base, Json::parse(R"({"b":{"d":4,"e":5},"l":[2],"f":6})")).dump() ==
        R"({"a":1,"b":{"c":2,"d":4,"e":5},"l":[2],"f":6})");
  CHECK(merged(base, Json()) == base);
}

}  // namespace
}  // namespace autocache::render
