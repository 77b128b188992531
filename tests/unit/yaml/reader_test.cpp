#include "yaml/reader.h"

#include "base/json.h"
#include "support/catch.h"
#include "yaml/resolve.h"

#include <string>

namespace autocache::yaml {
namespace {

using namespace std::string_literals;

ReadResult read_text(std::string text, const ReadOptions& options = {}) {
  return read(make_source("t.yaml", std::move(text)), options);
}

/// Every document as JSON, one a line; the text must have no problem.
std::string json_of(std::string text) {
  const ReadResult result = read_text(std::move(text));
  std::string out;
  for (const Diagnostic& diagnostic : result.diagnostics) out += format(diagnostic);
  for (const Document& document : result.documents) out += to_json(document.root).dump() + "\n";
  return out;
}

std::string place(const Position& at) {
  return std::to_string(at.line) + ":" + std::to_string(at.column);
}

TEST_CASE("scalars, lists and mappings in all styles") {
  CHECK(json_of("a: 1\nb: [x, {c: z}]\nd:\n- 'it''s'\n- \"q\\t\\u00e9\\x41\"\n-  plain text\n   "
                "goes on\n") == R"({"a":1,"b":["x",{"c":"z"}],"d":["it's","q\té)"s + "A" +
                                    R"(","plain text goes on"]})"
                                    "\n");
  CHECK(json_of("a: |\n  x\n   y\n\n  z\n\nb: >-\n  x\n  y\n\n  z\nc: |+\n  x\n\n") ==
        R"({"a":"x\n y\n\nz\n","b":"x y\nz","c":"x\n\n"})"
        "\n");
  CHECK(json_of("? a\n: b\n? c\n") == "{\"a\":\"b\",\"c\":null}\n");
  CHECK(json_of("text") == "\"text\"\n");
  CHECK(json_of("{a: , b: }") == "{\"a\":null,\"b\":null}\n");
}

TEST_CASE("nodes know their style and place") {
  const ReadResult result = read_text(
      "a: plain\n\xC3\xA9\xF0\x9F\x98\x80: \"q\"\nc: |\n  b\nd: &x [1,\n  {e: f}]\ng: *x\nh:\n");
  REQUIRE(result.diagnostics.empty());
  const Node& root = result.documents.at(0).root;
  CHECK(place(root.at) == "1:1");
  CHECK(root.find("a")->style == Style::kPlain);
  CHECK(place(root.find("a")->at) == "1:4");
  const Node* wide = root.find("\xC3\xA9\xF0\x9F\x98\x80");
  REQUIRE(wide != nullptr);
  CHECK(wide->style == Style::kQuoted);
  CHECK(place(wide->at) == "2:5");
  CHECK(root.find("c")->style == Style::kBlock);
  CHECK(place(root.find("c")->at) == "3:4");
  CHECK(place(root.members.at(3).key_at) == "5:1");
  CHECK(place(root.find("d")->items.at(1).at) == "6:3");
  CHECK(place(root.find("d")->items.at(1).find("e")->at) == "6:7");
  CHECK(place(root.find("g")->at) == "7:4");
  CHECK(place(root.find("g")->items.at(1).at) == "6:3");
  CHECK(place(root.find("h")->at) == "8:3");
  CHECK(root.find("absent") == nullptr);
  CHECK(result.documents.at(0).sources.at(0).get() == root.at.source);
}

TEST_CASE("documents are counted, and those without a value left out") {
  const ReadResult result =
      read_text("# head\n---\n# nothing\n---\na: 1\n---\nnull\n---\n~\n...\n---\n- b\n---\n");
  REQUIRE(result.diagnostics.empty());
  REQUIRE(result.documents.size() == 2);
  CHECK(result.documents[0].index == 1);
  CHECK(result.documents[1].index == 4);
  CHECK(read_text("").documents.empty());
  CHECK(read_text("# only a comment\n").documents.empty());
  CHECK(read_text(" \n\n").diagnostics.empty());
}

TEST_CASE("line ends of Windows and a byte order mark change nothing") {
  CHECK(json_of("\xEF\xBB\xBF"
                "a: 1\r\nb: |\r\n  x\r\n  y\r\nc: \"x\r\n  y\"\r\n") ==
        "{\"a\":1,\"b\":\"x\\ny\\n\",\"c\":\"x y\"}\n");
  CHECK(json_of("a: 1\n---\n\xEF\xBB\xBF"
                "b: 2\n") == "{\"a\":1}\n{\"b\":2}\n");
}

TEST_CASE("places count the lines of an editor, not those of YAML 1.1") {
  const ReadResult result = read_text("a: \"x\xC2\x85  y\xE2\x80\xA8z\" # c\nb: 1\rc: 2\n");
  REQUIRE(result.diagnostics.empty());
  const Node& root = result.documents.at(0).root;
  CHECK(place(root.find("b")->at) == "2:4");
  CHECK(place(root.find("c")->at) == "2:9");
}

TEST_CASE("aliases stand for what they name") {
  CHECK(json_of("a: &x {p: [1]}\nb: *x\nc: [*x, *x]\nd: &x 2\ne: *x\n&k key: v\n*k : w\n") ==
        "t.yaml:7:1: error: /key: duplicate key `key`, first at line 6, column 1 [AC0110]\n"
        "    7 | *k : w\n"
        "      | ^\n"
        R"({"a":{"p":[1]},"b":{"p":[1]},"c":[{"p":[1]},{"p":[1]}],"d":2,"e":2,"key":"v"})"
        "\n");
}

TEST_CASE("merge keys add what is not there, the earlier mapping first") {
  CHECK(json_of("a: &a {p: 1, q: 2}\nb: &b {p: 3, r: 4}\n"
                "c: {<<: *a, p: 9}\nd: {<<: [*a, *b]}\ne: {<<: [*b, {s: 5}]}\n"
                "f: {<<: {t: 6}}\ng: &g {<<: *a}\nh: {<<: *g, u: 7}\n\"<<\": x\n") ==
        R"({"a":{"p":1,"q":2},"b":{"p":3,"r":4},"c":{"p":9,"q":2},"d":{"p":1,"q":2,"r":4},)"
        R"("e":{"p":3,"r":4,"s":5},"f":{"t":6},"g":{"p":1,"q":2},"h":{"u":7,"p":1,"q":2},"<<":"x"})"
        "\n");
}

TEST_CASE("a key before a merge that has it too is a warning") {
  CHECK(json_of("a: &a {p: 1}\nb:\n  p: 2\n  <<: *a\n") ==
        "t.yaml:3:3: warning: /b/p: kubectl lets the merge at line 4 replace this key, YAML does "
        "not [AC0116]\n"
        "    3 |   p: 2\n"
        "      |   ^\n"
        "      = hint: put the merge key first\n"
        "{\"a\":{\"p\":1},\"b\":{\"p\":2}}\n");
}

TEST_CASE("core tags choose the type") {
  CHECK(
      json_of("a: !!str 5\nb: !!int \"0x10\"\nc: !!bool 'true'\nd: !!null ''\ne: !!float 5\n"
              "f: ! 5\ng: !!map {}\nh: !!seq []\ni: !!str |\n  yes\nj: !<tag:yaml.org,2002:str> 1\n"
              "k: !!str\n") ==
      R"({"a":"5","b":16,"c":true,"d":null,"e":5,"f":"5","g":{},"h":[],"i":"yes\n","j":"1","k":""})"
      "\n");
}

TEST_CASE("input that starts with a brace is read as JSON") {
  CHECK(json_of("{\"a\":\"\\ud83d\\ude00\\/"
                "\\u0000\",\"b\":[1,-2.5e3,true,null,{}]}\n{\"c\":1}\n---\n{\"d\":[]}") ==
        "{\"a\":\"\xF0\x9F\x98\x80/"
        "\\u0000\",\"b\":[1,-2500.0,true,null,{}]}\n{\"c\":1}\n{\"d\":[]}\n");
  CHECK(json_of("{\n\t\"a\"\n\t:\t1,\n\t\"" + std::string(2000, 'k') + "\": \"\x7F\"\n}\n") ==
        "{\"a\":1,\"" + std::string(2000, 'k') + "\":\"\x7F\"}\n");
  const ReadResult result = read_text("{\n  \"\xC3\xA9\": {\"b\": [1, \"x\"]}}");
  REQUIRE(result.diagnostics.empty());
  const Node& root = result.documents.at(0).root;
  CHECK(place(root.members.at(0).key_at) == "2:3");
  CHECK(place(root.members.at(0).value.find("b")->items.at(1).at) == "2:18");
  CHECK(root.members.at(0).key_style == Style::kQuoted);
}

TEST_CASE("what starts with a brace and is not JSON is read as YAML") {
  CHECK(json_of("{a: 1, 'b': [x,]} # c\n---\nd: 2\n") == "{\"a\":1,\"b\":[\"x\"]}\n{\"d\":2}\n");
  CHECK(json_of("{\"a\": 1}\n---\nb: 2\n") == "{\"a\":1}\n{\"b\":2}\n");
}

struct Bad {
  std::string text;
  const char* diagnostics;
};

std::string problems_of(const std::string& text) {
  std::string out;
  for (const Diagnostic& diagnostic : read_text(text).diagnostics) out += format(diagnostic);
  return out;
}

TEST_CASE("each problem has its place, message and hint") {
  const Bad cases[] = {
      {"a: 1\nb: 2\na: 3\nyes: 1\n\"true\": 2\n",
       "t.yaml:3:1: error: /a: duplicate key `a`, first at line 1, column 1 [AC0110]\n"
       "    3 | a: 3\n"
       "      | ^\n"
       "t.yaml:5:1: error: /true: duplicate key `true`, first at line 4, column 1 [AC0110]\n"
       "    5 | \"true\": 2\n"
       "      | ^\n"
       "      = hint: kubectl reads both keys as `true`\n"},
      {"{\"a\":{\"b\":1,\"b\":2}}",
       "t.yaml:1:13: error: /a/b: duplicate key `b`, first at line 1, column 7 [AC0110]\n"
       "    1 | {\"a\":{\"b\":1,\"b\":2}}\n"
       "      |             ^\n"},
      {"a: &a {}\nb: {<<: *a, <<: *a}\n",
       "t.yaml:2:13: error: /b/<<: duplicate key `<<`, first at line 2, column 5 [AC0110]\n"
       "    2 | b: {<<: *a, <<: *a}\n"
       "      |             ^\n"
       "      = hint: merge several mappings with `<<: [*a, *b]`\n"},
      {"a: *x\nb: &y [*y]\n",
       "t.yaml:1:4: error: /a: there is no anchor `x` before this alias [AC0108]\n"
       "    1 | a: *x\n"
       "      |    ^\n"
       "      = hint: quote a value that starts with *\n"
       "t.yaml:2:8: error: /b/0: the anchor `y` contains itself [AC0109]\n"
       "    2 | b: &y [*y]\n"
       "      |        ^\n"},
      {"s:\n- ? [a]\n  : 1\n  ~: 2\n",
       "t.yaml:2:5: error: /s/0: a key is a list [AC0111]\n"
       "    2 | - ? [a]\n"
       "      |     ^\n"
       "      = hint: quote a text that starts with [ or {\n"
       "t.yaml:4:3: error: /s/0/~0: a key is null [AC0112]\n"
       "    4 |   ~: 2\n"
       "      |   ^\n"
       "      = hint: quote it if it is meant as text\n"},
      {"a: !!binary aGk=\nb: !foo [x]\nc: !!int x\nd: !!map [a]\ne: !!seq x\n",
       "t.yaml:1:4: error: /a: unsupported tag `!!binary` [AC0113]\n"
       "    1 | a: !!binary aGk=\n"
       "      |    ^\n"
       "      = hint: quote a value that starts with !\n"
       "t.yaml:2:4: error: /b: unsupported tag `!foo` [AC0113]\n"
       "    2 | b: !foo [x]\n"
       "      |    ^\n"
       "t.yaml:3:4: error: /c: `x` is not of type !!int [AC0114]\n"
       "    3 | c: !!int x\n"
       "      |    ^\n"
       "t.yaml:4:4: error: /d: a list is not of type !!map [AC0114]\n"
       "    4 | d: !!map [a]\n"
       "      |    ^\n"
       "t.yaml:5:4: error: /e: `x` is not of type !!seq [AC0114]\n"
       "    5 | e: !!seq x\n"
       "      |    ^\n"},
      {"a: 1\n<<: 3\nb: {<<: [x]}\n",
       "t.yaml:2:5: error: /<<: a merge key takes a mapping, an alias of one, or a list of these "
       "[AC0115]\n"
       "    2 | <<: 3\n"
       "      |     ^\n"
       "      = hint: quote the key if it is not meant as a merge\n"
       "t.yaml:3:9: error: /b/<<: a merge key takes a mapping, an alias of one, or a list of these "
       "[AC0115]\n"
       "    3 | b: {<<: [x]}\n"
       "      |         ^\n"
       "      = hint: quote the key if it is not meant as a merge\n"},
      {"a: 1\n--- {b: 2}\n---\n---text: 1\n",
       "t.yaml:2:5: error: text on the line of `---`, which kubectl refuses [AC0117]\n"
       "    2 | --- {b: 2}\n"
       "      |     ^\n"
       "      = hint: start the document on the next line\n"
       "t.yaml:4:1: error: text on the line of `---`, which kubectl refuses [AC0117]\n"
       "    4 | ---text: 1\n"
       "      | ^\n"
       "      = hint: start the document on the next line\n"},
      {"a: x\n\xFF\n",
       "t.yaml:2:1: error: the byte 0xFF is not UTF-8 [AC0102]\n"
       "    2 | \xEF\xBF\xBD\n"
       "      | ^\n"
       "      = hint: save the file as UTF-8\n"},
      {"\xFF\xFE"
       "a\0:\0"s,
       "t.yaml:1:1: error: the file is UTF-16 [AC0102]\n"
       "    1 | \xEF\xBF\xBD\xEF\xBF\xBD"
       "a.:.\n"
       "      | ^\n"
       "      = hint: save the file as UTF-8\n"},
      {"a: \xED\xA0\x80",
       "t.yaml:1:4: error: the byte 0xED is not UTF-8 [AC0102]\n"
       "    1 | a: \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\n"
       "      |    ^\n"
       "      = hint: save the file as UTF-8\n"},
      {"\xC3\xA9: x\0y\n"s,
       "t.yaml:1:5: error: the character U+0000 is not allowed [AC0103]\n"
       "    1 | \xC3\xA9: x.y\n"
       "      |     ^\n"
       "      = hint: write \"\\u0000\" in a text in double quotes\n"},
      {"a: \xC2\x80",
       "t.yaml:1:4: error: the character U+0080 is not allowed [AC0103]\n"
       "    1 | a: \xC2\x80\n"
       "      |    ^\n"
       "      = hint: write \"\\u0080\" in a text in double quotes\n"},
      {"a: \xEF\xBF\xBF",
       "t.yaml:1:4: error: the character U+FFFF is not allowed [AC0103]\n"
       "    1 | a: \xEF\xBF\xBF\n"
       "      |    ^\n"
       "      = hint: write \"\\uffff\" in a text in double quotes\n"},
  };
  for (const Bad& row : cases) {
    CAPTURE(row.text);
    CHECK(problems_of(row.text) == row.diagnostics);
  }
}

TEST_CASE("syntax errors say in plain words what is wrong") {
  struct Row {
    const char* text;
    const char* first_line;
    const char* hint;
  };
  const Row rows[] = {
      {"a: b: c\n", "1:5: error: a `:` is not allowed here [AC0104]",
       "quote a value that has a `:` in it, or check the indentation"},
      {"a: 1\nfoo\nb: 2\n", "2:1: error: a `:` is missing after this key [AC0104]",
       "a text of several lines needs quotes or a `|`"},
      {"a: - b\n", "1:4: error: a list entry is not allowed here [AC0104]",
       "start the list on a line of its own"},
      {"a: ? b\n", "1:4: error: a key is not allowed here [AC0104]",
       "start the mapping on a line of its own, or quote the value"},
      {"a:\n\t- b\n", "2:1: error: a tab is not allowed as indentation [AC0104]",
       "indent with spaces"},
      {"a: @x\n", "1:4: error: a value cannot start with `@` [AC0104]", "quote it"},
      {"a: %x\n", "1:4: error: a value cannot start with `%` [AC0104]", "quote it"},
      {"a: \"x\n", "1:4: error: this quoted text does not end [AC0104]", "close the quotes"},
      {"a: 'x\n---\n",
       "2:1: error: a document ends inside of the quoted text that starts at line 1 [AC0104]",
       "close the quotes"},
      {"a: \"\\q\"\n", "1:5: error: unknown escape sequence [AC0104]",
       "write \\\\ for a backslash, or use single quotes"},
      {"a: \"\\u12\"\n", "1:7: error: an escape sequence needs more hexadecimal digits [AC0104]",
       "write \\\\ for a backslash, or use single quotes"},
      {"a: \"\\ud83d\\ude00\"\n", "1:7: error: the escape sequence is not a character [AC0104]",
       "write the character itself; YAML has no surrogate pairs"},
      {"{\"a\": \"\\ud83d\"}\n", "1:10: error: the escape sequence is not a character [AC0104]",
       "write the character itself; YAML has no surrogate pairs"},
      {"a:\n  b: 1\n c: 2\n",
       "3:2: error: neither a key nor the end of the mapping that starts at line 1 [AC0104]",
       "check the indentation; put the whole of a value in quotes, not a part of it"},
      {"- a\nb: 1\n",
       "2:1: error: neither a list entry nor the end of the list that starts at line 1 [AC0104]",
       "check the indentation"},
      {"a: [1, 2\nb: 3\n",
       "2:2: error: a `,` or `]` is missing in the list that starts at line 1 [AC0104]", nullptr},
      {"a: {x: 1\nb: 3\n",
       "2:2: error: a `,` or `}` is missing in the mapping that starts at line 1 [AC0104]",
       nullptr},
      {"a: ]\n", "1:4: error: a value is missing here [AC0104]", nullptr},
      {"a: 1\n...\nb: 2\n", "3:1: error: the document ends before this [AC0104]",
       "a document is one value: check the indentation, or put `---` between documents"},
      {"%FOO\n---\na: 1", "1:5: error: malformed directive [AC0104]",
       "a line that starts with % is a directive; indent or quote it"},
      {"%YAML 3.0\n---\na: 1", "1:1: error: the version of YAML is not 1.1 or 1.2 [AC0104]",
       nullptr},
      {"a: |x\n  b\n",
       "1:5: error: nothing but a comment may follow `|` or `>` on its line [AC0104]",
       "start the text on the next line, or quote it"},
      {"a: |0\n  b\n", "1:5: error: the indentation of a block text is 1 to 9 [AC0104]", nullptr},
      {"a: *\n", "1:5: error: an anchor or alias needs a name of letters, digits, - and _ [AC0104]",
       "quote a value that starts with & or *"},
      {"a: !<x\n", "1:7: error: malformed tag [AC0104]", "quote a value that starts with !"},
      {"a: !x!y z\n", "1:4: error: the tag's handle is not defined [AC0104]",
       "quote a value that starts with !"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const ReadResult result = read_text(row.text);
    REQUIRE(result.diagnostics.size() == 1);
    const std::string text = format(result.diagnostics[0]);
    CHECK(text.substr(0, text.find('\n')) == "t.yaml:"s + row.first_line);
    CHECK(result.diagnostics[0].hint == (row.hint == nullptr ? "" : row.hint));
  }
}

TEST_CASE("a syntax error keeps the documents before it") {
  const ReadResult result = read_text("a: 1\n---\nb: [\n");
  CHECK(result.documents.size() == 1);
  CHECK(result.diagnostics.size() == 1);
}

TEST_CASE("problems come in the order of the text, at most a hundred") {
  std::string text = "a: {b: 1, b: 2}\na: *x\n";
  const ReadResult few = read_text(text);
  REQUIRE(few.diagnostics.size() == 3);
  CHECK(few.diagnostics[0].at.line == 1);
  CHECK(few.diagnostics[1].code == "AC0110");
  CHECK(few.diagnostics[2].code == "AC0108");
  for (int i = 0; i < 200; ++i) text += "- *x\n";
  const ReadResult many = read_text("l:\n" + text.substr(text.find("- ")));
  REQUIRE(many.diagnostics.size() == 101);
  CHECK(format(many.diagnostics.back()) ==
        "t.yaml:102:3: error: too many problems; those after this line are not shown [AC0118]\n"
        "  102 | - *x\n"
        "      |   ^\n");
}

TEST_CASE("what exceeds a limit is an error at its place") {
  ReadOptions options;
  options.max_bytes = 10;
  CHECK(format(read_text("0123456789a", options).diagnostics.at(0)) ==
        "t.yaml: error: the input has more than 10 bytes [AC0101]\n");

  options = {};
  options.max_depth = 3;
  CHECK(read_text("a: [[1]]", options).diagnostics.empty());
  CHECK(format(read_text("a: [[[1]]]", options).diagnostics.at(0)) ==
        "t.yaml:1:6: error: /a/0/0: nested deeper than 3 levels [AC0105]\n"
        "    1 | a: [[[1]]]\n"
        "      |      ^\n");
  CHECK(format(read_text("{\"a\": [[[1]]]}", options).diagnostics.at(0)) ==
        "t.yaml:1:9: error: /a/0/0: nested deeper than 3 levels [AC0105]\n"
        "    1 | {\"a\": [[[1]]]}\n"
        "      |         ^\n");
  CHECK(format(read_text("a: &a [[1]]\nb: [*a]", options).diagnostics.at(0)) ==
        "t.yaml:2:5: error: /b/0: nested deeper than 3 levels by this alias [AC0105]\n"
        "    2 | b: [*a]\n"
        "      |     ^\n");

  options = {};
  options.max_nodes = 5;
  CHECK(read_text("[1, 2, 3, 4]", options).diagnostics.empty());
  CHECK(format(read_text("[1, 2, 3, 4, 5]", options).diagnostics.at(0)) ==
        "t.yaml:1:1: error: more than 5 values [AC0106]\n"
        "    1 | [1, 2, 3, 4, 5]\n"
        "      | ^\n"
        "      = hint: split the file\n");
  const ReadResult many = read_text("1\n---\n2\n---\n3\n---\n4\n---\n5\n---\n6\n", options);
  CHECK(many.diagnostics.size() == 1);
  CHECK(many.documents.empty());
  CHECK(format(read_text("- &a [1, 2]\n- *a\n", options).diagnostics.at(0)) ==
        "t.yaml:2:3: error: /1: aliases expand to more than 5 values [AC0107]\n"
        "    2 | - *a\n"
        "      |   ^\n");

  options = {};
  options.max_bytes = 30;
  CHECK(format(read_text("- &a 0123456789abcde\n- [*a,*a,*a]", options).diagnostics.at(0)) ==
        "t.yaml: error: the input has more than 30 bytes [AC0101]\n");
  CHECK(format(read_text("- &a 0123456789ab\n- [*a,*a,*a]", ReadOptions{31, 100, 100})
                   .diagnostics.at(0)) ==
        "t.yaml:2:10: error: /1/2: aliases expand to more than 31 bytes [AC0107]\n"
        "    2 | - [*a,*a,*a]\n"
        "      |          ^\n");
}

TEST_CASE("hostile input is an error") {
  const auto code_of = [](std::string text, const ReadOptions& options = {}) {
    const ReadResult result = read_text(std::move(text), options);
    return result.diagnostics.empty() ? "" : result.diagnostics.at(0).code;
  };
  CHECK(code_of(std::string(200'000, '[')) == "AC0105");
  CHECK(code_of(std::string(200'000, '{')) == "AC0105");
  std::string nested;
  for (int i = 0; i < 200'000; ++i) nested += "{\"a\":";
  CHECK(code_of(nested) == "AC0105");
  nested.clear();
  for (int i = 0; i < 100'000; ++i) nested += "- ";
  CHECK(code_of(nested) == "AC0105");

  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 8; ++k) bomb += ", " + before;
    bomb += "]\n";
  }
  CHECK(code_of(bomb) == "AC0107");

  std::string merges = "a0: &a0 {k0: 1, l0: 2}\n";
  for (int i = 1; i < 30; ++i) {
    const std::string n = std::to_string(i);
    const std::string before = "*a" + std::to_string(i - 1);
    merges += "a" + n + ": &a" + n + " {<<: [" + before + ", " + before + "], k" + n + ": 1}\n";
  }
  CHECK(code_of(merges) == "AC0107");

  std::string directives;
  for (int i = 0; i < 200; ++i) directives += "%TAG !" + std::to_string(i) + "! x:\n";
  CHECK(code_of(directives + "---\na: 1\n") == "AC0104");

  const std::string large(std::size_t{17} << 20U, 'x');
  CHECK(code_of(large) == "AC0101");
}

TEST_CASE("a long chain of aliases is too deep, not a stack overflow") {
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i < 1000; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            "]\n";
  }
  CHECK(read_text(text).diagnostics.at(0).code == "AC0105");
}

}  // namespace
}  // namespace autocache::yaml
