#pragma once

// The text of a server's configuration file as lines of arguments. Knows the syntax, not the
// directives.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autocache::directives {

/// The arguments of one line as the server splits it (redis src/sds.c sdssplitargs): blanks
/// separate, double quotes take \n \r \t \a \b \xHH escapes, single quotes take \'. Nothing if
/// quotes do not match or are followed by text.
std::optional<std::vector<std::string>> split_arguments(std::string_view line);

/// `argument` in the shortest form that split_arguments reads back.
std::string quote_argument(std::string_view argument);

/// One directive of a file: `name` in lower case, `line` 1-based.
struct ConfigLine {
  int line = 0;
  std::string name;
  std::vector<std::string> arguments;
};

struct ConfigText {
  std::vector<ConfigLine> lines;
  /// The first line that cannot be split, 0 if all can.
  int bad_line = 0;
};

/// All directives of `text` in order; comments and empty lines are left out.
ConfigText read_config(std::string_view text);

}  // namespace autocache::directives
