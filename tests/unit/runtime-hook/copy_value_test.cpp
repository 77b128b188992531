#include "runtime-hook/copy_value.h"

#include "support/catch.h"

namespace autocache::hook {
namespace {

Reply bulk(std::string text) {
  return {ReplyKind::kBulk, 0, std::move(text), {}};
}

Reply array(std::vector<Reply> elements) {
  return {ReplyKind::kArray, 0, {}, std::move(elements)};
}

TEST_CASE("a string is copied byte by byte behind its type") {
  CHECK(*restore_payload(CopyType::kString, bulk(std::string("a\0\xff", 3)), {}) ==
        std::string("\0a\0\xff", 4));
  CHECK(*restore_payload(CopyType::kString, bulk(""), {}) == std::string(1, '\0'));
}

TEST_CASE("other types are copied as JSON") {
  CHECK(*restore_payload(CopyType::kList, array({bulk("b"), bulk("a\"")}), {}) ==
        "\x01[\"b\",\"a\\\"\"]");
  CHECK(*restore_payload(CopyType::kSet, array({bulk("b"), bulk("a")}), {}) == "\x02[\"a\",\"b\"]");
  CHECK(*restore_payload(CopyType::kHash, array({bulk("f"), bulk("v")}), {}) ==
        "\x04{\"f\":\"v\"}");
  CHECK(*restore_payload(CopyType::kSortedSet, array({bulk("m")}), {"0.1"}) ==
        "\x03[{\"Score\":0.1,\"Member\":\"m\"}]");
}

TEST_CASE("what JSON would change is refused") {
  const auto binary = restore_payload(CopyType::kHash, array({bulk("f"), bulk("\xff")}), {});
  REQUIRE_FALSE(binary);
  CHECK(binary.error() == "it has members that are not UTF-8");
  const auto endless = restore_payload(CopyType::kSortedSet, array({bulk("m")}), {"+Inf"});
  REQUIRE_FALSE(endless);
  CHECK(endless.error() == "it has a score that is not a finite number");
}

TEST_CASE("equal values have equal digests in whatever order a set is listed") {
  const CopiedKey a{"k", CopyType::kSet, 0,
                    *restore_payload(CopyType::kSet, array({bulk("x"), bulk("y")}), {})};
  CopiedKey b{"k", CopyType::kSet, 0,
              *restore_payload(CopyType::kSet, array({bulk("y"), bulk("x")}), {})};
  CHECK(a.digest() == b.digest());
  b.ttl = 5;
  CHECK(a.digest() != b.digest());
}

TEST_CASE("a key that DEL cannot reach is overwritten by one that dies at once") {
  CHECK(discard_command("k") == Argv{"RESTORE", "k", "1", std::string(1, '\0'), "REPLACE"});
}

}  // namespace
}  // namespace autocache::hook
