#include "yaml/syntax_error.h"

#include <fmt/format.h>

namespace autocache::yaml {
namespace {

/// One text of libyaml (src/scanner.c, src/parser.c). `{}` in the message is the context's line.
struct Explanation {
  std::string_view problem;
  std::string_view message;
  std::string_view hint;
  Place place = Place::kProblem;
};

constexpr Explanation kExplanations[] = {
    {"could not find expected ':'", "a `:` is missing after this key",
     "a text of several lines needs quotes or a `|`", Place::kContext},
    {"block sequence entries are not allowed in this context", "a list entry is not allowed here",
     "start the list on a line of its own"},
    {"mapping keys are not allowed in this context", "a key is not allowed here",
     "start the mapping on a line of its own, or quote the value"},
    {"mapping values are not allowed in this context", "a `:` is not allowed here",
     "quote a value that has a `:` in it, or check the indentation"},
    {"did not find expected alphabetic or numeric character",
     "an anchor or alias needs a name of letters, digits, - and _",
     "quote a value that starts with & or *"},
    {"did not find expected '!'", "malformed tag", "quote a value that starts with !"},
    {"did not find the expected '>'", "malformed tag", "quote a value that starts with !"},
    {"did not find expected tag URI", "malformed tag", "quote a value that starts with !"},
    {"did not find URI escaped octet", "malformed tag", "quote a value that starts with !"},
    {"found an incorrect leading UTF-8 octet", "malformed tag", "quote a value that starts with !"},
    {"found an incorrect trailing UTF-8 octet", "malformed tag",
     "quote a value that starts with !"},
    {"did not find expected whitespace or line break", "malformed tag",
     "quote a value that starts with !"},
    {"found undefined tag handle", "the tag's handle is not defined",
     "quote a value that starts with !"},
    {"found an indentation indicator equal to 0", "the indentation of a block text is 1 to 9", ""},
    {"did not find expected comment or line break",
     "nothing but a comment may follow `|` or `>` on its line",
     "start the text on the next line, or quote it"},
    {"found a tab character where an indentation space is expected",
     "a tab is not allowed as indentation", "indent with spaces"},
    {"found a tab character that violates indentation", "a tab is not allowed as indentation",
     "indent with spaces"},
    {"found unexpected document indicator",
     "a document ends inside of the quoted text that starts at line {}", "close the quotes"},
    {"found unexpected end of stream", "this quoted text does not end", "close the quotes",
     Place::kContext},
    {"found unknown escape character", "unknown escape sequence",
     "write \\\\ for a backslash, or use single quotes"},
    {"did not find expected hexdecimal number", "an escape sequence needs more hexadecimal digits",
     "write \\\\ for a backslash, or use single quotes"},
    {"found invalid Unicode character escape code", "the escape sequence is not a character",
     "write the character itself; YAML has no surrogate pairs"},
    {"found unexpected ':'", "a `:` is not allowed here", "quote a value that has a `:` in it"},
    {"did not find expected <document start>", "the document ends before this",
     "a document is one value: check the indentation, or put `---` between documents"},
    {"did not find expected node content", "a value is missing here", ""},
    {"did not find expected '-' indicator",
     "neither a list entry nor the end of the list that starts at line {}",
     "check the indentation"},
    {"did not find expected key", "neither a key nor the end of the mapping that starts at line {}",
     "check the indentation; put the whole of a value in quotes, not a part of it"},
    {"did not find expected ',' or ']'",
     "a `,` or `]` is missing in the list that starts at line {}", ""},
    {"did not find expected ',' or '}'",
     "a `,` or `}}` is missing in the mapping that starts at line {}", ""},
    {"found duplicate %YAML directive", "second %YAML directive", ""},
    {"found incompatible YAML document", "the version of YAML is not 1.1 or 1.2", ""},
    {"found duplicate %TAG directive", "this %TAG directive is there twice", ""},
};

SyntaxError explain_character(std::string_view character) {
  if (character == "\t") return {"a tab is not allowed as indentation", "indent with spaces"};
  if (character.empty()) return {"a value is missing here", ""};
  return {fmt::format("a value cannot start with `{}`", character), "quote it"};
}

bool is_about_directive(std::string_view context) {
  return context.find("directive") != std::string_view::npos;
}

}  // namespace

SyntaxError explain(const ParserError& error) {
  if (error.problem == "found character that cannot start any token") {
    return explain_character(error.character);
  }
  if (is_about_directive(error.context)) {
    return {"malformed directive", "a line that starts with % is a directive; indent or quote it"};
  }
  for (const Explanation& known : kExplanations) {
    if (known.problem != error.problem) continue;
    return {fmt::format(fmt::runtime(known.message), error.context_line), std::string(known.hint),
            known.place};
  }
  return {std::string(error.problem), ""};
}

}  // namespace autocache::yaml
