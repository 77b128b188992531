#pragma once

// Values of the rules' language and its functions, between cel_value.cpp and cel.cpp.

#include "base/json.h"
#include "base/quantity.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace autocache::spec::cel {

struct Error {};
struct Value;
using List = std::vector<Value>;

/// What an expression yields. Objects and arrays of the input stay where they are; the pointers
/// live as long as it.
struct Value {
  std::variant<Error,
               std::nullptr_t,
               bool,
               std::int64_t,
               double,
               std::string,
               const Json*,
               List,
               Quantity>
      is;

  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&is);
  }
  [[nodiscard]] bool failed() const { return as<Error>() != nullptr; }
};

Value from_json(const Json& json);

/// The elements of a list, or the keys of a map, as the language iterates them; nothing for other
/// values.
std::optional<List> elements(const Value& value);

bool equal(const Value& a, const Value& b);

/// `sign` is one of < <= > >=.
Value compare(std::string_view sign, const Value& a, const Value& b);

/// `sign` is one of + - * / %.
Value arithmetic(char sign, const Value& a, const Value& b);

/// `needle in place`.
Value contains(const Value& needle, const Value& place);

/// The result of a function; a method has its object as the first argument. An unknown one is an
/// error.
Value call(std::string_view name, const List& arguments);

}  // namespace autocache::spec::cel
