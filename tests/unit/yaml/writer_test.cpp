#include "yaml/writer.h"

#include "base/json.h"
#include "support/catch.h"

#include <cmath>
#include <limits>
#include <string>

namespace autocache::yaml {
namespace {

std::string written(const Json& value) {
  std::string out;
  write(value, out);
  return out;
}

std::string scalar(std::string_view text) {
  std::string out;
  write_scalar(text, out);
  return out;
}

TEST_CASE("collections are written in block style with two spaces") {
  const Json value = Json::parse(R"({
    "a": {"b": 1, "c": {}, "d": []},
    "list": [1, {"x": 1, "v": [true, null]}, [[2, 3], []], {}, {"z": {"q": "s"}}]})");
  CHECK(written(value) ==
        "a:\n"
        "  b: 1\n"
        "  c: {}\n"
        "  d: []\n"
        "list:\n"
        "- 1\n"
        "- x: 1\n"
        "  v:\n"
        "  - true\n"
        "  - null\n"
        "- - - 2\n"
        "    - 3\n"
        "  - []\n"
        "- {}\n"
        "- z:\n"
        "    q: s\n");
}

TEST_CASE("a document may be any value") {
  CHECK(written(Json::object()) == "{}\n");
  CHECK(written(Json::array({"a", 2})) == "- a\n- 2\n");
  CHECK(written("text") == "text\n");
  CHECK(written(nullptr) == "null\n");
  CHECK(written("a\nb\n") == "|\n  a\n  b\n");
}

TEST_CASE("members keep their order") {
  Json value;
  value["z"] = 1;
  value["a"] = 2;
  CHECK(written(value) == "z: 1\na: 2\n");
}

TEST_CASE("words, paths, hosts and quantities stay bare") {
  for (const char* text : {"redis",
                           "a-b_c.d",
                           "redis:7.2-alpine",
                           "/data/x",
                           "_x",
                           "apps/v1",
                           "user@host",
                           "A+B",
                           "yesterday",
                           "nullable",
                           "e1x",
                           "ee1",
                           "Truex",
                           "100m",
                           "1Gi",
                           "1.5Gi",
                           "500k",
                           "10s",
                           "90ms",
                           "24h",
                           "50%",
                           "1Ei",
                           "topology.kubernetes.io/zone",
                           "allkeys-lru"}) {
    CAPTURE(text);
    CHECK(scalar(text) == text);
    CHECK(is_plain_safe(text));
  }
}

TEST_CASE("strings that some reader takes for something else are quoted") {
  for (const char* text :
       {"",       "y",     "Y",        "n",    "N",    "yes",   "No",   "oN",    "OFF",
        "true",   "False", "null",     "NULL", "~",    "1",     "-1",   "+1",    "1.0",
        "1e3",    "1E",    "e3",       "E5",   "e+1",  "0x1F",  "0o17", "017",   "08",
        "1_000",  "0b1",   ".5",       "5.",   ".inf", "-.Inf", ".nan", "12:30", "1:2:3",
        "=",      "<<",    "-",        "---",  "...",  "? a",   ": a",  "a:",    "a: b",
        "a #b",   "#a",    "&a",       "*a",   "!a",   "|",     ">",    "'a'",   "%a",
        "@a",     "`a",    "{a}",      "[a]",  "a,b",  " a",    "a ",   "a b",   "1,000",
        "2026-1", "1.2.3", "2001-1-1", "1 Gi", "1.Gi", ".5Gi",  "1gi",  "a=b",   "a%"}) {
    CAPTURE(text);
    CHECK(scalar(text) == "\"" + std::string(text) + "\"");
    CHECK_FALSE(is_plain_safe(text));
  }
}

TEST_CASE("quotes, backslashes and control characters are escaped") {
  CHECK(scalar("a\"b\\c") == R"("a\"b\\c")");
  CHECK(scalar("a\nb\tc\r") == R"("a\nb\tc\r")");
  CHECK(scalar(std::string_view("\0\x01\x1b\x7f", 4)) == R"("\u0000\u0001\u001B\u007F")");
}

TEST_CASE("characters that readers mangle are escaped, all others are raw UTF-8") {
  CHECK(scalar("\u0080\u0085\u00A0") == R"("\u0080\u0085\u00A0")");
  CHECK(scalar("\u200B\u2028\u2029\uFEFF\uFFFE\uFFFF") ==
        R"("\u200B\u2028\u2029\uFEFF\uFFFE\uFFFF")");
  CHECK(scalar("\u00A1\u00FF\u200A\u200C\u2027\u202A\uFEFE\uFFFD") ==
        "\"\u00A1\u00FF\u200A\u200C\u2027\u202A\uFEFE\uFFFD\"");
  CHECK(scalar("\U0001F600 \U0010FFFF") == "\"\U0001F600 \U0010FFFF\"");
}

TEST_CASE("a text of several lines is a block literal") {
  CHECK(written({{"conf", "port 6379\n\n  # x\n\tend \n"}}) ==
        "conf: |\n"
        "  port 6379\n"
        "\n"
        "    # x\n"
        "  \tend \n");
  CHECK(written({{"conf", "a\nb"}}) == "conf: |-\n  a\n  b\n");
  CHECK(written(Json::array({"a\nb\n"})) == "- |\n  a\n  b\n");
  CHECK(written(Json::array({{{"k", "a\nb"}}})) == "- k: |-\n    a\n    b\n");
}

TEST_CASE("a text that a block literal would not keep is quoted") {
  CHECK(written({{"k", "a\n\n"}}) == "k: \"a\\n\\n\"\n");
  CHECK(written({{"k", "\na"}}) == "k: \"\\na\"\n");
  CHECK(written({{"k", " a\nb"}}) == "k: \" a\\nb\"\n");
  CHECK(written({{"k", "\ta\nb"}}) == "k: \"\\ta\\nb\"\n");
  CHECK(written({{"k", "a\r\nb"}}) == "k: \"a\\r\\nb\"\n");
  CHECK(written({{"k", "a\n\u0085"}}) == "k: \"a\\n\\u0085\"\n");
  CHECK(written({{"k", "\n"}}) == "k: \"\\n\"\n");
}

TEST_CASE("keys obey the same rule and are never block literals") {
  CHECK(written({{"y", 1}}) == "\"y\": 1\n");
  CHECK(written({{"", 1}}) == "\"\": 1\n");
  CHECK(written({{"a\nb", 1}}) == "\"a\\nb\": 1\n");
  CHECK(written({{"1", 1}}) == "\"1\": 1\n");
}

TEST_CASE("a key too long for a simple key is written as an explicit one") {
  const std::string longest(1000, 'k');
  CHECK(written({{longest, 1}}) == longest + ": 1\n");
  const std::string longer(1001, 'k');
  CHECK(written({{"a", {{longer, {{"b", 1}}}}}}) == "a:\n  ? " + longer + "\n  :\n    b: 1\n");
  CHECK(written({{longer, Json::array({1})}}) == "? " + longer + "\n:\n- 1\n");
  CHECK(written({{longer, "x\ny"}}) == "? " + longer + "\n: |-\n  x\n  y\n");
}

TEST_CASE("integers are exact") {
  CHECK(written(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808\n");
  CHECK(written(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615\n");
  CHECK(written(0) == "0\n");
}

TEST_CASE("floats are the shortest text that every reader takes for that float") {
  CHECK(written(0.1) == "0.1\n");
  CHECK(written(1.0) == "1.0\n");
  CHECK(written(-0.0) == "-0.0\n");
  CHECK(written(1e20) == "1.0e+20\n");
  CHECK(written(1.5e-9) == "1.5e-09\n");
  CHECK(written(5e-324) == "5.0e-324\n");
  CHECK(written(std::numeric_limits<double>::infinity()) == ".inf\n");
  CHECK(written(-std::numeric_limits<double>::infinity()) == "-.inf\n");
  CHECK(written(std::nan("")) == ".nan\n");
}

TEST_CASE("writing appends") {
  std::string out = "---\n";
  write({{"a", 1}}, out);
  CHECK(out == "---\na: 1\n");
}

}  // namespace
}  // namespace autocache::yaml
