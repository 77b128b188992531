#include "spec/cel.h"

#include "base/json.h"
#include "spec/cel_expression.h"
#include "spec/cel_value.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>
#include <vector>

namespace autocache::spec {
namespace cel {
namespace {

Value from_literal(const Literal& literal) {
  return std::visit([](const auto& value) { return Value{value}; }, literal);
}

/// Evaluates one rule; variables are few, so a list that is searched from its end will do.
class Evaluator {
 public:
  explicit Evaluator(const Json& self) { variables_.emplace_back("self", from_json(self)); }

  Value evaluate(const Expression& expression) {
    const auto& arguments = expression.arguments;
    switch (expression.kind) {
      case Kind::kLiteral:
        return from_literal(expression.literal);
      case Kind::kName:
        return variable(expression.text);
      case Kind::kMember:
      case Kind::kHas:
        return member(evaluate(arguments[0]), expression);
      case Kind::kIndex:
        return index(evaluate(arguments[0]), evaluate(arguments[1]));
      case Kind::kOperator:
        return apply(expression);
      case Kind::kComprehension:
        return comprehension(expression);
      case Kind::kList:
      case Kind::kCall:
        break;
    }
    List values;
    for (const auto& argument : arguments) {
      values.push_back(evaluate(argument));
      if (values.back().failed()) {
        return {Error{}};
      }
    }
    return expression.kind == Kind::kList ? Value{std::move(values)}
                                          : call(expression.text, values);
  }

 private:
  Value variable(std::string_view name) {
    const auto entry = std::find_if(variables_.rbegin(), variables_.rend(),
                                    [&](const auto& each) { return each.first == name; });
    if (entry != variables_.rend()) {
      return entry->second;
    }
    constexpr std::string_view kTypes[] = {"bool", "int", "double", "string", "map", "list"};
    const bool is_type = std::find(std::begin(kTypes), std::end(kTypes), name) != std::end(kTypes);
    return is_type ? Value{std::string(name)} : Value{Error{}};
  }

  static Value member(const Value& object, const Expression& expression) {
    const auto* json = object.as<const Json*>();
    if (json == nullptr || !(*json)->is_object()) {
      return {Error{}};
    }
    const auto found = (*json)->find(expression.text);
    if (expression.kind == Kind::kHas) {
      return {found != (*json)->end()};
    }
    return found == (*json)->end() ? Value{Error{}} : from_json(*found);
  }

  static Value index(const Value& object, const Value& at) {
    const auto* position = at.as<std::int64_t>();
    const auto* json = object.as<const Json*>();
    if (const auto* key = at.as<std::string>();
        key != nullptr && json != nullptr && (*json)->is_object()) {
      const auto found = (*json)->find(*key);
      return found == (*json)->end() ? Value{Error{}} : from_json(*found);
    }
    const auto list = elements(object);
    if (position == nullptr || !list || (json != nullptr && !(*json)->is_array()) ||
        *position < 0 || static_cast<std::size_t>(*position) >= list->size()) {
      return {Error{}};
    }
    return (*list)[static_cast<std::size_t>(*position)];
  }

  Value apply(const Expression& expression) {
    const auto& arguments = expression.arguments;
    const std::string_view sign = expression.text;
    if (sign == "&&" || sign == "||") {
      return logic(arguments, sign == "||");
    }
    auto first = evaluate(arguments[0]);
    if (first.failed()) {
      return first;
    }
    if (sign == "?:") {
      const auto* condition = first.as<bool>();
      return condition == nullptr ? Value{Error{}} : evaluate(arguments[*condition ? 1 : 2]);
    }
    if (sign == "!") {
      return first.as<bool>() != nullptr ? Value{!*first.as<bool>()} : Value{Error{}};
    }
    if (arguments.size() == 1) {
      return arithmetic('-', {std::int64_t{0}}, first);
    }
    auto second = evaluate(arguments[1]);
    if (second.failed()) {
      return second;
    }
    if (sign == "==" || sign == "!=") {
      return {equal(first, second) == (sign == "==")};
    }
    if (sign == "in") {
      return contains(first, second);
    }
    return sign[0] == '<' || sign[0] == '>' ? compare(sign, first, second)
                                            : arithmetic(sign[0], first, second);
  }

  /// `decisive` is the value that settles the result, even if the other side fails.
  Value logic(const std::vector<Expression>& arguments, bool decisive) {
    auto first = evaluate(arguments[0]);
    const auto* left = first.as<bool>();
    if (left != nullptr && *left == decisive) {
      return first;
    }
    auto second = evaluate(arguments[1]);
    const auto* right = second.as<bool>();
    if (right != nullptr && (*right == decisive || left != nullptr)) {
      return second;
    }
    return {Error{}};
  }

  Value comprehension(const Expression& expression) {
    const auto list = elements(evaluate(expression.arguments[0]));
    if (!list) {
      return {Error{}};
    }
    const std::string_view name = expression.text;
    List out;
    std::size_t count = 0;
    bool failed = false;
    for (const auto& item : *list) {
      variables_.emplace_back(expression.variable, item);
      auto result = evaluate(expression.arguments[1]);
      variables_.pop_back();
      const auto* flag = result.as<bool>();
      if (name == "map") {
        failed = failed || result.failed();
        out.push_back(std::move(result));
      } else if (flag == nullptr) {
        failed = true;
      } else if (*flag) {
        ++count;
        out.push_back(item);
      } else if (name == "all") {
        return {false};
      }
    }
    if (name == "exists" && count > 0) {
      return {true};
    }
    if (failed) {
      return {Error{}};
    }
    if (name == "map" || name == "filter") {
      return {std::move(out)};
    }
    return {name == "all" || (name == "exists_one" && count == 1)};
  }

  std::vector<std::pair<std::string_view, Value>> variables_;
};

}  // namespace
}  // namespace cel

Rules::Rules() = default;
Rules::~Rules() = default;

Verdict Rules::check(std::string_view rule, const Json& self) {
  if (rule.find("oldSelf") != std::string_view::npos) {
    return Verdict::kHolds;
  }
  auto [entry, is_new] = parsed_.try_emplace(rule.data());
  if (is_new) {
    entry->second = cel::parse(rule);
  }
  if (!entry->second) {
    return Verdict::kMalformed;
  }
  const auto result = cel::Evaluator(self).evaluate(*entry->second);
  const auto* holds = result.as<bool>();
  if (holds == nullptr) {
    return Verdict::kError;
  }
  return *holds ? Verdict::kHolds : Verdict::kBroken;
}

}  // namespace autocache::spec
