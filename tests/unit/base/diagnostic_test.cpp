#include "base/diagnostic.h"

#include "support/catch.h"

using namespace autocache;

TEST_CASE("a diagnostic shows place, path, message, code, source line, caret and hint") {
  const auto source = make_source("spec.yaml", "kind: AutoCache\nshard: 3\n");
  const Diagnostic d = error_at("AC0201", {source.get(), 2, 1}, "/shard", "unknown field",
                                "did you mean \"shards\"?");
  CHECK(format(d) ==
        "spec.yaml:2:1: error: /shard: unknown field [AC0201]\n"
        "    2 | shard: 3\n"
        "      | ^\n"
        "      = hint: did you mean \"shards\"?\n");
}

TEST_CASE("the caret counts characters, and control characters never reach the terminal") {
  const auto source = make_source("s", "\xC3\xA4: \x1b[31mred");
  CHECK(format(warning_at("AC0001", {source.get(), 1, 4}, "", "bad\nvalue")) ==
        "s:1:4: warning: bad.value [AC0001]\n"
        "    1 | \xC3\xA4: .[31mred\n"
        "      |    ^\n");
}

TEST_CASE("a long source line is cut around the column") {
  const auto source = make_source("s", std::string(500, 'x') + "HERE" + std::string(500, 'y'));
  const std::string text = format(error_at("AC0001", {source.get(), 1, 501}, "", "m"));
  CHECK(text.size() < 500);
  const std::size_t line = text.find("...");
  const std::size_t caret_line = text.find("\n      | ", line);
  const std::size_t caret = text.find('^') - (caret_line + 9);
  const std::size_t start = text.find("| ") + 2;
  CHECK(text.substr(start + caret, 4) == "HERE");
}

TEST_CASE("a diagnostic without a place is just its message") {
  Diagnostic d;
  d.message = "no input";
  CHECK(format(d) == "error: no input\n");
}

TEST_CASE("pointer tokens are escaped") {
  CHECK(pointer_join("/metadata/annotations", "a/b~c") == "/metadata/annotations/a~1b~0c");
}
