#pragma once

// The tree of a rule, between cel_parser.cpp and cel.cpp.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace autocache::spec::cel {

enum class Kind : std::uint8_t {
  kLiteral,
  kList,
  kName,          ///< text: the variable
  kMember,        ///< arguments[0].text
  kHas,           ///< has(arguments[0].text)
  kIndex,         ///< arguments[0][arguments[1]]
  kOperator,      ///< text: the operator, or its name for unary ones ("!", "-") and "?:"
  kCall,          ///< text(arguments...); a method call has its object first
  kComprehension  ///< arguments[0].text(variable, arguments[1])
};

using Literal = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string>;

struct Expression {
  Kind kind = Kind::kLiteral;
  std::string text;
  std::string variable;
  Literal literal;
  std::vector<Expression> arguments;
};

/// The tree of a rule, or null if it is not in the subset.
std::unique_ptr<const Expression> parse(std::string_view rule);

}  // namespace autocache::spec::cel
