#include "spec/cel.h"

#include "base/json.h"
#include "support/catch.h"

#include <string>

namespace autocache::spec {
namespace {

Verdict check(std::string_view rule, std::string_view self = "{}") {
  Rules rules;
  const auto json = Json::parse(self);
  return rules.check(rule, json);
}

bool holds(std::string_view rule, std::string_view self = "{}") {
  const auto verdict = check(rule, self);
  INFO(rule);
  CHECK((verdict == Verdict::kHolds || verdict == Verdict::kBroken));
  return verdict == Verdict::kHolds;
}

TEST_CASE("a rule sees members, their presence and their absence") {
  CHECK(holds("self.a == 1", R"({"a": 1})"));
  CHECK(holds("has(self.a.b) && self.a.b == 'x'", R"({"a": {"b": "x"}})"));
  CHECK_FALSE(holds("has(self.a)"));
  CHECK(check("self.a == 1") == Verdict::kError);
  CHECK(check("has(self.a.b)") == Verdict::kError);
  CHECK(holds("self['a b'] == true", R"({"a b": true})"));
  CHECK(holds("self.list[1] == 'y'", R"({"list": ["x", "y"]})"));
  CHECK(check("self.list[2] == 'y'", R"({"list": ["x", "y"]})") == Verdict::kError);
}

TEST_CASE("logic settles what one side settles, errors of the other side included") {
  CHECK(holds("true || self.missing"));
  CHECK(holds("self.missing || true"));
  CHECK_FALSE(holds("self.missing && false"));
  CHECK(check("self.missing || false") == Verdict::kError);
  CHECK(holds("!has(self.a) || self.a > 3"));
  CHECK(holds("has(self.a) ? false : 2 > 1"));
}

TEST_CASE("operators bind and compare as in CEL") {
  CHECK(holds("1 + 2 * 3 == 7"));
  CHECK(holds("(1 + 2) * 3 == 9"));
  CHECK(holds("7 % 3 == 1 && 7 / 3 == 2 && -7 / 2 == -3"));
  CHECK(holds("1 - 2 - 3 == -4"));
  CHECK(holds("1 < 2 == true"));
  CHECK(holds("'abc' < 'abd' && 1.5 > 1"));
  CHECK(holds("'a' + 'b' == 'ab'"));
  CHECK(holds("'a' != 'b' && 1 != 2 && !(1 == 2)"));
  CHECK(check("1 / 0 == 1") == Verdict::kError);
  CHECK(check("9223372036854775807 + 1 > 0") == Verdict::kError);
  CHECK(holds("'1' == 1") == false);
}

TEST_CASE("lists and maps") {
  CHECK(holds("'b' in ['a', 'b']"));
  CHECK(holds("'k' in self.map", R"({"map": {"k": 1}})"));
  CHECK(holds("size(self.map) == 1 && self.list.size() == 2 && size([]) == 0",
              R"({"map": {"k": 1}, "list": [1, 2]})"));
  CHECK(holds("self.list.all(x, x > 0)", R"({"list": [1, 2]})"));
  CHECK_FALSE(holds("self.list.all(x, x > 1)", R"({"list": [1, 2]})"));
  CHECK(
      holds("self.list.exists(x, x == 2) && !self.list.exists(x, x == 3)", R"({"list": [1, 2]})"));
  CHECK(holds("[true, false, true].exists_one(x, x) == false"));
  CHECK(holds("[has(self.a), has(self.b)].exists_one(x, x)", R"({"a": 1})"));
  CHECK(holds("self.map.all(key, self.map[key] < 3)", R"({"map": {"a": 1, "b": 2}})"));
  CHECK(holds("self.list.filter(x, x > 1).map(x, x * 2) == [4, 6]", R"({"list": [1, 2, 3]})"));
  CHECK(holds("self.a.all(x, self.b.all(y, x != y))", R"({"a": [1, 2], "b": [3]})"));
  CHECK(check("self.map.all(key, key > 1)", R"({"map": {"a": 1}})") == Verdict::kError);
}

TEST_CASE("functions of strings") {
  CHECK(
      holds("self.startsWith('ab') && self.endsWith('c') && self.contains('b') && size(self) == 3",
            R"("abc")"));
  CHECK(holds(R"(self.matches('^[a-z]+\\.b$'))", R"("a.b")"));
  CHECK(holds("self.matches(r'^\\w+$')", R"("ab")") == true);
  CHECK(holds("size(self) == 1", "\"\xC3\xA4\""));
  CHECK(
      holds("self.split('/') == ['a', '', 'b'] && self.split('/').all(p, p != '..')", R"("a//b")"));
  CHECK(holds("self.lowerAscii() == 'ab'", R"("AB")"));
  CHECK(holds("string(3) == '3' && int(3) == 3 && string('x') == 'x'"));
  CHECK(holds("type(self) == string && type(1) == int && type(self.split(',')) == list", R"("x")"));
}

TEST_CASE("quantities compare by value") {
  CHECK(
      holds("quantity(self.a).compareTo(quantity(self.b)) == 0", R"({"a": "1Gi", "b": "1024Mi"})"));
  CHECK(
      holds("quantity('1G').isLessThan(quantity('1Gi')) && "
            "quantity('1').isGreaterThan(quantity('999m'))"));
  CHECK(holds("quantity(string(self.a)).compareTo(quantity('2')) == -1", R"({"a": 1})"));
  CHECK(check("quantity('x').isLessThan(quantity('1'))") == Verdict::kError);
  CHECK(holds("isQuantity('1Mi') && !isQuantity('x')"));
}

TEST_CASE("a rule about a change holds, since there is none") {
  CHECK(holds("self.a == oldSelf.a"));
}

TEST_CASE("what is not in the subset is malformed") {
  for (const auto* rule : {"", "self.", "self ==", "(true", "[1", "'a", "self.a(", "has(self)",
                           "has(self.a(), 1)", "a ? b", "1 2", "self.x.all(1, true)", "!",
                           "self..a", "'\\q'", "12345678901234567890 > 1", "1.2.3 > 1"}) {
    INFO(rule);
    CHECK(check(rule) == Verdict::kMalformed);
  }
  CHECK(check(std::string(5000, '(') + "true" + std::string(5000, ')')) == Verdict::kMalformed);
  CHECK(check(std::string(5000, '!') + "true") == Verdict::kMalformed);
}

TEST_CASE("what is no truth value is an error") {
  CHECK(check("1") == Verdict::kError);
  CHECK(check("unknown") == Verdict::kError);
  CHECK(check("unknown(1)") == Verdict::kError);
  CHECK(check("'a' && true") == Verdict::kError);
  CHECK(check("1 ? true : false") == Verdict::kError);
}

}  // namespace
}  // namespace autocache::spec
