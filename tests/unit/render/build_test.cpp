#include "render/build.h"

#include "support/catch.h"

namespace autocache::render {
namespace {

TEST_CASE("an object keeps the order in which members are added") {
  Object object(3);
  object.add("z", 1);
  object.add("a", "text");
  object.add("m", true);
  CHECK(std::move(object).json().dump() == R"({"z":1,"a":"text","m":true})");
}

TEST_CASE("what is absent or empty is left out, zero and false are values") {
  Object object(8);
  object.add_present("text", std::string());
  object.add_present("nothing", std::optional<std::int64_t>());
  object.add_present("zero", std::optional<std::int64_t>(0));
  object.add_present("null", Json());
  object.add_present("empty", Json::object());
  object.add_present("json-zero", Json(0));
  object.add_present("labels", StringMap());
  object.add_filled("built", Json::array());
  CHECK(std::move(object).json().dump() == R"({"zero":0,"json-zero":0})");
  List list(2);
  list.add_present(std::string());
  list.add_present(std::string("x"));
  list.add_filled(Json::object());
  CHECK(std::move(list).json().dump() == R"(["x"])");
}

TEST_CASE("a splice adds the members of a map or the items of a list in their place") {
  Object object(4);
  object.add("first", 1);
  object.splice(StringMap{{"b", "2"}, {"a", "1"}});
  object.splice(Json{{"c", Json::array({3})}});
  CHECK(std::move(object).json().dump() == R"({"first":1,"b":"2","a":"1","c":[3]})");
  List list(1);
  list.splice(std::vector<std::string>{"a", "b"});
  list.splice(Json::array({1, "c"}));
  list.splice(Json());
  CHECK(std::move(list).json().dump() == R"(["a","b",1,"c"])");
}

TEST_CASE("text joins its parts") {
  CHECK(text("a", std::string("b"), std::int64_t{-3}) == "ab-3");
  CHECK(text().empty());
}

}  // namespace
}  // namespace autocache::render
