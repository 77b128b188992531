#include "render/fields.h"

#include "support/catch.h"

namespace autocache::render {
namespace {

const Json kObject = Json::parse(
    R"({"a":{"text":"x","number":3,"flag":true,"list":[1,2],"map":{"z":"1","b":"2","n":5}},"s":"y"})");

TEST_CASE("a field is found by its path, an absent one is null or empty") {
  CHECK(field(kObject, {"a", "number"}) == 3);
  CHECK(field(kObject, {"a", "no"}).is_null());
  CHECK(field(kObject, {"s", "below", "text"}).is_null());
  CHECK(field(kObject, {}) == kObject);
  CHECK(text_field(kObject, {"a", "text"}) == "x");
  CHECK(text_field(kObject, {"a", "number"}).empty());
  CHECK(integer_field(kObject, {"a", "number"}) == 3);
  CHECK(!integer_field(kObject, {"a", "text"}));
  CHECK(flag_field(kObject, {"a", "flag"}));
  CHECK(!flag_field(kObject, {"a", "no"}));
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
