#include "base/text.h"

#include "support/catch.h"

#include <array>

using namespace autocache;

TEST_CASE("split keeps empty parts") {
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(split("", ',').size() == 1);
}

TEST_CASE("the closest candidate is suggested, a far one is not") {
  constexpr std::array<std::string_view, 4> kNames = {"replicas", "resources", "storage", "image"};
  CHECK(closest("replcias", kNames) == "replicas");
  CHECK(closest("Storage", kNames) == "storage");
  CHECK(closest("imgae", kNames) == "image");
  CHECK(!closest("nodes", kNames));
  CHECK(!closest("", kNames));
  CHECK(!closest(std::string(1000, 'x'), kNames));
}

TEST_CASE("UTF-8 is checked strictly") {
  CHECK(is_utf8("plain"));
  CHECK(is_utf8("\xF0\x9F\x98\x80"));
  CHECK(!is_utf8("\xED\xA0\x80"));
  CHECK(!is_utf8("\xC0\x80"));
  CHECK(!is_utf8("\xF4\x90\x80\x80"));
  CHECK(!is_utf8("\xE2\x82"));
  CHECK(utf8_length("\xC3\xA4x") == 2);
  CHECK(utf8_floor("\xC3\xA4x", 1) == 0);
}
