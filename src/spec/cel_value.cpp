#include "spec/cel_value.h"

#include "base/pattern.h"
#include "base/text.h"

#include <algorithm>

namespace autocache::spec::cel {
namespace {

std::optional<double> number(const Value& value) {
  if (const auto* integer = value.as<std::int64_t>()) {
    return static_cast<double>(*integer);
  }
  if (const auto* real = value.as<double>()) {
    return *real;
  }
  return std::nullopt;
}

Value size_of(const Value& value) {
  if (const auto* text = value.as<std::string>()) {
    return {static_cast<std::int64_t>(utf8_length(*text))};
  }
  if (const auto list = elements(value)) {
    return {static_cast<std::int64_t>(list->size())};
  }
  return {Error{}};
}

Value type_of(const Value& value) {
  constexpr std::string_view kNames[] = {"error",  "null_type", "bool", "int",     "double",
                                         "string", "map",       "list", "quantity"};
  const auto* json = value.as<const Json*>();
  return {std::string(json != nullptr && (*json)->is_array() ? "list" : kNames[value.is.index()])};
}

Value to_quantity(const std::string& text) {
  if (const auto quantity = Quantity::parse(text)) {
    return {*quantity};
  }
  return {Error{}};
}

/// Functions of one string.
Value text_function(std::string_view name, const std::string& text) {
  if (name == "quantity") {
    return to_quantity(text);
  }
  if (name == "isQuantity") {
    return {Quantity::parse(text).has_value()};
  }
  if (name == "string") {
    return {text};
  }
  if (name == "lowerAscii") {
    return {to_lower(text)};
  }
  return {Error{}};
}

/// Functions of two strings, the first being the object of the call.
Value text_function(std::string_view name, const std::string& text, const std::string& other) {
  if (name == "contains") {
    return {text.find(other) != std::string::npos};
  }
  if (name == "startsWith") {
    return {text.starts_with(other)};
  }
  if (name == "endsWith") {
    return {text.ends_with(other)};
  }
  if (name == "matches") {
    const auto pattern = Pattern::compile(other);
    return pattern ? Value{pattern->matches(text)} : Value{Error{}};
  }
  if (name == "split" && other.size() == 1) {
    List parts;
    for (const auto part : split(text, other[0])) {
      parts.push_back({std::string(part)});
    }
    return {std::move(parts)};
  }
  return {Error{}};
}

Value quantity_function(std::string_view name, const Quantity& a, const Quantity& b) {
  if (name == "compareTo") {
    return {std::int64_t{a < b ? -1 : b < a ? 1 : 0}};
  }
  if (name == "isGreaterThan" || name == "isLessThan") {
    return {name == "isLessThan" ? a < b : b < a};
  }
  return {Error{}};
}

}  // namespace

Value from_json(const Json& json) {
  switch (json.type()) {
    case Json::value_t::null:
      return {nullptr};
    case Json::value_t::boolean:
      return {json.get<bool>()};
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return {json.get<std::int64_t>()};
    case Json::value_t::number_float:
      return {json.get<double>()};
    case Json::value_t::string:
      return {json.get_ref<const std::string&>()};
    default:
      return {&json};
  }
}

std::optional<List> elements(const Value& value) {
  if (const auto* list = value.as<List>()) {
    return *list;
  }
  if (const auto* json = value.as<const Json*>()) {
    List out;
    out.reserve((*json)->size());
    if ((*json)->is_array()) {
      for (const auto& item : **json) {
        out.push_back(from_json(item));
      }
    } else {
      for (const auto& [key, item] : (*json)->items()) {
        out.push_back({key});
      }
    }
    return out;
  }
  return std::nullopt;
}

bool equal(const Value& a, const Value& b) {
  if (const auto left = number(a), right = number(b); left && right) {
    const auto* x = a.as<std::int64_t>();
    const auto* y = b.as<std::int64_t>();
    return x != nullptr && y != nullptr ? *x == *y : *left == *right;
  }
  if (const auto left = elements(a), right = elements(b); left && right) {
    return std::equal(left->begin(), left->end(), right->begin(), right->end(), equal);
  }
  if (a.is.index() != b.is.index()) {
    return false;
  }
  if (const auto* text = a.as<std::string>()) {
    return *text == *b.as<std::string>();
  }
  if (const auto* flag = a.as<bool>()) {
    return *flag == *b.as<bool>();
  }
  if (const auto* quantity = a.as<Quantity>()) {
    return *quantity == *b.as<Quantity>();
  }
  return a.as<std::nullptr_t>() != nullptr;
}

Value compare(std::string_view sign, const Value& a, const Value& b) {
  int order = 0;
  const auto x = number(a);
  const auto y = number(b);
  if (x && y) {
    order = *x < *y ? -1 : *x > *y ? 1 : 0;
  } else if (a.as<std::string>() != nullptr && b.as<std::string>() != nullptr) {
    order = a.as<std::string>()->compare(*b.as<std::string>());
  } else {
    return {Error{}};
  }
  return {sign == "<"    ? order < 0
          : sign == "<=" ? order <= 0
          : sign == ">"  ? order > 0
                         : order >= 0};
}

Value arithmetic(char sign, const Value& a, const Value& b) {
  if (sign == '+' && a.as<std::string>() != nullptr && b.as<std::string>() != nullptr) {
    return {*a.as<std::string>() + *b.as<std::string>()};
  }
  const auto* x = a.as<std::int64_t>();
  const auto* y = b.as<std::int64_t>();
  if (x == nullptr || y == nullptr) {
    return {Error{}};
  }
  std::int64_t out = 0;
  bool bad = false;
  switch (sign) {
    case '+':
      bad = __builtin_add_overflow(*x, *y, &out);
      break;
    case '-':
      bad = __builtin_sub_overflow(*x, *y, &out);
      break;
    case '*':
      bad = __builtin_mul_overflow(*x, *y, &out);
      break;
    default:
      bad = *y == 0 || *y == -1;
      out = bad ? 0 : sign == '/' ? *x / *y : *x % *y;
  }
  return bad ? Value{Error{}} : Value{out};
}

Value contains(const Value& needle, const Value& place) {
  if (const auto list = elements(place)) {
    return {std::any_of(list->begin(), list->end(),
                        [&](const Value& item) { return equal(item, needle); })};
  }
  return {Error{}};
}

Value call(std::string_view name, const List& arguments) {
  if (arguments.size() == 1) {
    const auto& value = arguments[0];
    if (name == "size") {
      return size_of(value);
    }
    if (name == "type") {
      return type_of(value);
    }
    if (const auto* integer = value.as<std::int64_t>();
        integer != nullptr && (name == "int" || name == "string")) {
      return name == "int" ? value : Value{std::to_string(*integer)};
    }
    if (const auto* text = value.as<std::string>()) {
      return text_function(name, *text);
    }
  } else if (arguments.size() == 2) {
    const auto* first = arguments[0].as<std::string>();
    const auto* second = arguments[1].as<std::string>();
    if (first != nullptr && second != nullptr) {
      return text_function(name, *first, *second);
    }
    const auto* a = arguments[0].as<Quantity>();
    const auto* b = arguments[1].as<Quantity>();
    if (a != nullptr && b != nullptr) {
      return quantity_function(name, *a, *b);
    }
  }
  return {Error{}};
}

}  // namespace autocache::spec::cel
