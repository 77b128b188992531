#pragma once

// libyaml's error texts in plain words.

#include <string>
#include <string_view>

namespace autocache::yaml {

/// What libyaml reports about a syntax error; lines are as for people, 1-based.
struct ParserError {
  std::string_view problem;
  std::string_view context;
  int context_line = 0;
  /// The character at the place of the problem, empty at the end of the text.
  std::string_view character;
};

/// Which of the two places of the error is the one to show.
enum class Place { kProblem, kContext };

struct SyntaxError {
  std::string message;
  std::string hint;
  Place place = Place::kProblem;
};

/// The message and hint for an error; libyaml's own words if it is not known here.
SyntaxError explain(const ParserError& error);

}  // namespace autocache::yaml
