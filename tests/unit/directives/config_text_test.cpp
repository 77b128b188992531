#include "directives/config_text.h"

#include "support/catch.h"

#include <string>
#include <utility>
#include <vector>

using namespace autocache::directives;
using Words = std::vector<std::string>;

TEST_CASE("a line is split as the server splits it") {
  const std::pair<const char*, Words> table[] = {
      {"", {}},
      {"  save  3600 1 ", {"save", "3600", "1"}},
      {R"(save "")", {"save", ""}},
      {R"(a "b c" 'd e')", {"a", "b c", "d e"}},
      {R"("\x41\n\t\"" x)", {"A\n\t\"", "x"}},
      {R"('it\'s' '\n')", {"it's", "\\n"}},
      {R"("\q\xZZ")", {"qxZZ"}},
      {R"(pre"fix" x)", {"prefix", "x"}},
  };
  for (const auto& [line, wanted] : table) {
    INFO(line);
    REQUIRE(split_arguments(line));
    CHECK(*split_arguments(line) == wanted);
  }
}

TEST_CASE("a line with unbalanced quotes has no arguments") {
  for (const char* line : {"a \"b", "a 'b", "a \"b\"c", "a 'b'c", "\"\\"}) {
    INFO(line);
    CHECK(!split_arguments(line));
  }
}

TEST_CASE("a quoted argument reads back as itself") {
  for (const std::string text : {"plain", "", "two words", "q\"uote", "it's", "back\\slash",
                                 "new\nline", "#x", "\x01\x7f", "\xC3\xA9"}) {
    INFO(text);
    REQUIRE(split_arguments(quote_argument(text)));
    CHECK(*split_arguments(quote_argument(text)) == Words{text});
  }
  CHECK(quote_argument("plain") == "plain");
}

TEST_CASE("a file is read line by line, without comments, names in lower case") {
  const ConfigText read = read_config("# head\n\nMaxMemory 64mb\r\n  save 1 1\nbad \"x\nsave 2 2");
  REQUIRE(read.lines.size() == 3);
  CHECK(read.lines[0].name == "maxmemory");
  CHECK(read.lines[0].line == 3);
  CHECK(read.lines[0].arguments == Words{"64mb"});
  CHECK(read.lines[2].arguments == Words{"2", "2"});
  CHECK(read.bad_line == 5);
}
