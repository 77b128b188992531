#include "base/pattern.h"

#include "support/catch.h"

#include <string>

namespace autocache {
namespace {

bool matches(std::string_view pattern, std::string_view text) {
  const auto compiled = Pattern::compile(pattern);
  REQUIRE(compiled);
  return compiled->matches(text);
}

TEST_CASE("a pattern matches any part of the text unless it is anchored") {
  CHECK(matches("b", "abc"));
  CHECK_FALSE(matches("^b", "abc"));
  CHECK_FALSE(matches("b$", "abc"));
  CHECK(matches("^abc$", "abc"));
  CHECK(matches("", ""));
  CHECK(matches("^$", ""));
  CHECK_FALSE(matches("^$", "a"));
  CHECK(matches("c$|^x", "abc"));
}

TEST_CASE("repetitions count as in RE2") {
  CHECK(matches("^a*$", ""));
  CHECK(matches("^a+$", "aaa"));
  CHECK_FALSE(matches("^a+$", ""));
  CHECK(matches("^(ab)?c$", "c"));
  CHECK(matches("^(ab)?c$", "abc"));
  CHECK_FALSE(matches("^(ab)?c$", "ababc"));
  CHECK(matches("^a{2}$", "aa"));
  CHECK_FALSE(matches("^a{2}$", "aaa"));
  CHECK(matches("^a{2,3}$", "aaa"));
  CHECK_FALSE(matches("^a{2,3}$", "a"));
  CHECK_FALSE(matches("^a{2,3}$", "aaaa"));
  CHECK(matches("^(a|bc){2,}$", "abcabc"));
  CHECK_FALSE(matches("^(a|bc){2,}$", "bc"));
  CHECK(matches("^(a*)*$", "aaaa"));
  CHECK(matches("^a{0}b$", "b"));
}

TEST_CASE("alternatives take the whole branch") {
  CHECK(matches("^(a|b|cd)e$", "ae"));
  CHECK(matches("^(a|b|cd)e$", "be"));
  CHECK(matches("^(a|b|cd)e$", "cde"));
  CHECK_FALSE(matches("^(a|b|cd)e$", "ce"));
  CHECK(matches("^(a||c)$", ""));
  CHECK(matches("^((a|b)+|c{2}|(?:d|e(f|g)))$", "abba"));
  CHECK(matches("^((a|b)+|c{2}|(?:d|e(f|g)))$", "cc"));
  CHECK(matches("^((a|b)+|c{2}|(?:d|e(f|g)))$", "eg"));
  CHECK_FALSE(matches("^((a|b)+|c{2}|(?:d|e(f|g)))$", "ce"));
}

TEST_CASE("classes and escapes") {
  CHECK(matches("^[-a-c.]+$", "a-.c"));
  CHECK_FALSE(matches("^[-a-c.]+$", "d"));
  CHECK(matches("^[^/]+$", "a b"));
  CHECK_FALSE(matches("^[^/]+$", "a/b"));
  CHECK(matches("^[]a]+$", "]a"));
  CHECK(matches("^\\d+\\.\\w\\s\\S$", "12._ x"));
  CHECK(matches("^[\\d\\]]+$", "1]"));
  CHECK_FALSE(matches("^.$", "\n"));
  CHECK(matches("^\\D\\W$", "a-"));
}

TEST_CASE("characters are code points") {
  CHECK(matches("^.$", "\xC3\xA4"));
  CHECK(matches("^..$", "\xF0\x9F\x98\x80\xE2\x82\xAC"));
  CHECK(matches("^[\xC3\xA0-\xC3\xBF]$", "\xC3\xA4"));
}

TEST_CASE("what RE2 and ECMAScript do not read alike is no pattern") {
  for (const auto* text :
       {"(",       ")",   "a)",          "[",     "[a",  "*",   "a**", "a+?",   "a{2", "a{3,2}",
        "a{1001}", "{2}", "[[:alpha:]]", "(?i)a", "\\b", "\\1", "\\",  "[b-a]", "a{",  "(?=a)"}) {
    INFO(text);
    CHECK_FALSE(Pattern::compile(text));
  }
}

TEST_CASE("a pattern that grows past the limit is refused") {
  CHECK_FALSE(Pattern::compile("(((a{100}){100}){100})"));
  CHECK_FALSE(Pattern::compile(std::string(100, '(') + "a" + std::string(100, ')')));
}

TEST_CASE("matching a long text takes linear time and no stack") {
  const std::string text(200'000, 'a');
  CHECK_FALSE(matches("^(a*)*b$", text));
  CHECK(matches("^(a|aa)+$", text));
}

}  // namespace
}  // namespace autocache
