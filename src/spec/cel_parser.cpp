#include "base/number.h"
#include "spec/cel_expression.h"

#include <array>
#include <utility>

namespace autocache::spec::cel {
namespace {

constexpr int kMaxDepth = 60;

/// Binary operators from the loosest to the tightest level.
constexpr std::array<std::array<std::string_view, 7>, 5> kLevels = {{
    {"||"},
    {"&&"},
    {"==", "!=", "<=", ">=", "<", ">", "in"},
    {"+", "-"},
    {"*", "/", "%"},
}};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_comprehension(std::string_view name) {
  return name == "all" || name == "exists" || name == "exists_one" || name == "map" ||
         name == "filter";
}

/// Recursive descent; after a failure everything returns quickly and the result is dropped.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::unique_ptr<const Expression> run() {
    auto out = conditional();
    blanks();
    if (failed_ || at_ != text_.size()) {
      return nullptr;
    }
    return std::make_unique<const Expression>(std::move(out));
  }

 private:
  Expression fail() {
    failed_ = true;
    at_ = text_.size();
    return {};
  }

  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) {
      ++at_;
    }
  }

  bool take(std::string_view token) {
    blanks();
    if (!text_.substr(at_).starts_with(token)) {
      return false;
    }
    const auto end = at_ + token.size();
    if (is_word(token.back()) && end < text_.size() && is_word(text_[end])) {
      return false;
    }
    at_ = end;
    return true;
  }

  static Expression make(Kind kind, std::string_view text, std::vector<Expression> arguments) {
    Expression out;
    out.kind = kind;
    out.text = text;
    out.arguments = std::move(arguments);
    return out;
  }

  static std::vector<Expression> list(Expression first) {
    std::vector<Expression> out;
    out.push_back(std::move(first));
    return out;
  }

  static std::vector<Expression> list(Expression first, Expression second) {
    auto out = list(std::move(first));
    out.push_back(std::move(second));
    return out;
  }

  Expression conditional() {
    if (++depth_ > kMaxDepth) {
      return fail();
    }
    auto out = binary(0);
    if (take("?")) {
      auto arguments = list(std::move(out), conditional());
      if (!take(":")) {
        return fail();
      }
      arguments.push_back(conditional());
      out = make(Kind::kOperator, "?:", std::move(arguments));
    }
    --depth_;
    return out;
  }

  std::string_view operator_at(std::size_t level) {
    for (const auto token : kLevels[level]) {
      if (!token.empty() && take(token)) {
        return token;
      }
    }
    return {};
  }

  Expression binary(std::size_t level) {
    if (level == kLevels.size()) {
      return unary();
    }
    auto out = binary(level + 1);
    for (auto token = operator_at(level); !token.empty(); token = operator_at(level)) {
      out = make(Kind::kOperator, token, list(std::move(out), binary(level + 1)));
    }
    return out;
  }

  Expression unary() {
    blanks();
    const auto next = text_.substr(at_);
    if (next.starts_with('!') || next.starts_with('-')) {
      ++at_;
      if (++depth_ > kMaxDepth) {
        return fail();
      }
      auto out = make(Kind::kOperator, next.substr(0, 1), list(unary()));
      --depth_;
      return out;
    }
    return postfix();
  }

  Expression postfix() {
    auto out = primary();
    for (;;) {
      if (take(".")) {
        const auto name = word();
        if (name.empty()) {
          return fail();
        }
        out = take("(") ? method(std::move(out), name)
                        : make(Kind::kMember, name, list(std::move(out)));
      } else if (take("[")) {
        out = make(Kind::kIndex, "", list(std::move(out), conditional()));
        if (!take("]")) {
          return fail();
        }
      } else {
        return out;
      }
    }
  }

  Expression method(Expression object, std::string_view name) {
    if (!is_comprehension(name)) {
      return make(Kind::kCall, name, elements(list(std::move(object)), ")"));
    }
    const auto variable = word();
    if (variable.empty() || !take(",")) {
      return fail();
    }
    auto out = make(Kind::kComprehension, name, list(std::move(object), conditional()));
    out.variable = variable;
    return take(")") ? std::move(out) : fail();
  }

  /// What stands between an opening bracket, already taken, and `close`, behind what `out` holds
  /// already.
  std::vector<Expression> elements(std::vector<Expression> out, std::string_view close) {
    if (take(close)) {
      return out;
    }
    do {
      out.push_back(conditional());
    } while (take(","));
    if (!take(close)) {
      fail();
    }
    return out;
  }

  std::string_view word() {
    blanks();
    const auto start = at_;
    if (at_ < text_.size() && is_digit(text_[at_])) {
      return {};
    }
    while (at_ < text_.size() && is_word(text_[at_])) {
      ++at_;
    }
    return text_.substr(start, at_ - start);
  }

  Expression primary() {
    blanks();
    if (at_ == text_.size()) {
      return fail();
    }
    const char c = text_[at_];
    if (take("(")) {
      auto out = conditional();
      return take(")") ? std::move(out) : fail();
    }
    if (take("[")) {
      return make(Kind::kList, "", elements({}, "]"));
    }
    if (c == '\'' || c == '"') {
      return string_literal(false);
    }
    if (c == 'r' && at_ + 1 < text_.size() && (text_[at_ + 1] == '\'' || text_[at_ + 1] == '"')) {
      ++at_;
      return string_literal(true);
    }
    return is_digit(c) ? number() : name();
  }

  Expression name() {
    const auto text = word();
    if (text.empty()) {
      return fail();
    }
    Expression out;
    if (text == "true" || text == "false") {
      out.literal = text == "true";
      return out;
    }
    if (text == "null") {
      return out;
    }
    if (!take("(")) {
      return make(Kind::kName, text, {});
    }
    out = make(Kind::kCall, text, elements({}, ")"));
    if (text == "has") {
      if (out.arguments.size() != 1 || out.arguments[0].kind != Kind::kMember) {
        return fail();
      }
      auto member = std::move(out.arguments[0]);
      member.kind = Kind::kHas;
      return member;
    }
    return out;
  }

  Expression number() {
    const auto start = at_;
    while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) {
      ++at_;
    }
    const auto text = text_.substr(start, at_ - start);
    Expression out;
    const auto literal = [&](const auto& number) {
      out.literal = number.value_or(0);
      return number ? std::move(out) : fail();
    };
    return text.find('.') == std::string_view::npos ? literal(parse_number<std::int64_t>(text))
                                                    : literal(parse_number<double>(text));
  }

  Expression string_literal(bool raw) {
    const char quote = text_[at_++];
    std::string value;
    while (at_ < text_.size() && text_[at_] != quote) {
      char c = text_[at_++];
      if (c == '\\' && !raw) {
        if (at_ == text_.size()) {
          return fail();
        }
        c = text_[at_++];
        if (c == 'n' || c == 't') {
          c = c == 'n' ? '\n' : '\t';
        } else if (is_word(c)) {
          return fail();
        }
      }
      value.push_back(c);
    }
    if (at_ == text_.size()) {
      return fail();
    }
    ++at_;
    Expression out;
    out.literal = std::move(value);
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool failed_ = false;
};

}  // namespace

std::unique_ptr<const Expression> parse(std::string_view rule) {
  return Parser(rule).run();
}

}  // namespace autocache::spec::cel
