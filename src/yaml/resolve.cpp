#include "yaml/resolve.h"

#include "base/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace autocache::yaml {
namespace {

/// One reading of a plain scalar. An integer lies in `negative` if it is below zero, else in
/// `natural`; one that fits neither is not an integer for kubectl, and `huge` for YAML 1.2.
struct Value {
  ScalarType type = ScalarType::kString;
  bool boolean = false;
  bool huge = false;
  std::int64_t negative = 0;
  std::uint64_t natural = 0;
  double real = 0;
};

bool same(const Value& a, const Value& b) {
  if (a.type != b.type) return false;
  switch (a.type) {
    case ScalarType::kBool:
      return a.boolean == b.boolean;
    case ScalarType::kInteger:
      return a.huge == b.huge && a.negative == b.negative && a.natural == b.natural;
    case ScalarType::kFloat:
      return a.real == b.real || (std::isnan(a.real) && std::isnan(b.real));
    default:
      return true;
  }
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

Value null_value() {
  Value value;
  value.type = ScalarType::kNull;
  return value;
}

Value bool_value(bool boolean) {
  Value value;
  value.type = ScalarType::kBool;
  value.boolean = boolean;
  return value;
}

Value float_value(double real) {
  Value value;
  value.type = ScalarType::kFloat;
  value.real = real;
  return value;
}

/// An integer of the given sign and digits; nothing if a digit does not belong to the base, or none
/// is left, or the number does not fit int64 (uint64 without a sign).
std::optional<Value> integer_value(std::string_view sign, std::string_view digits, int base) {
  std::uint64_t natural = 0;
  const char* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, natural, base);
  if (error != std::errc() || rest != end) return std::nullopt;
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (natural > kMax + (sign == "-" ? 1U : 0U) && !sign.empty()) return std::nullopt;
  Value value;
  value.type = ScalarType::kInteger;
  if (sign == "-") {
    value.negative = static_cast<std::int64_t>(0U - natural);
  } else {
    value.natural = natural;
  }
  return value;
}

std::string_view take_sign(std::string_view& text) {
  if (text.empty() || (text[0] != '-' && text[0] != '+')) return {};
  const std::string_view sign = text.substr(0, 1);
  text.remove_prefix(1);
  return sign;
}

/// Go's strconv.ParseInt and ParseUint with base 0.
std::optional<Value> go_integer(std::string_view text) {
  const std::string_view sign = take_sign(text);
  if (text.empty()) return std::nullopt;
  if (text[0] != '0' || text.size() == 1) return integer_value(sign, text, 10);
  if (text.size() >= 3) {
    const char letter = static_cast<char>(text[1] | 0x20);
    if (letter == 'b') return integer_value(sign, text.substr(2), 2);
    if (letter == 'o') return integer_value(sign, text.substr(2), 8);
    if (letter == 'x') return integer_value(sign, text.substr(2), 16);
  }
  return integer_value(sign, text.substr(1), 8);
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, the same in go-yaml and in YAML 1.2.
bool looks_like_float(std::string_view text) {
  std::size_t i = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - start;
  };
  const std::size_t whole = digits();
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() + whole == 0) return false;
  } else if (whole == 0) {
    return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

/// True if a text that looks like a float and is out of the range of double is near zero.
bool underflows(std::string_view text) {
  const std::size_t exponent = text.find_first_of("eE");
  return exponent != std::string_view::npos && exponent + 1 < text.size() &&
         text[exponent + 1] == '-';
}

/// The value of a text that looks like a float; infinite if it is too large.
double parse_float(std::string_view text) {
  const std::string_view sign = take_sign(text);
  double real = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), real);
  if (result.ec == std::errc::result_out_of_range) {
    real = underflows(text) ? 0 : std::numeric_limits<double>::infinity();
  }
  return sign == "-" ? -real : real;
}

/// A text as Go's strconv.ParseFloat takes it: without underscores, all of which must stand between
/// digits; nothing otherwise.
std::optional<std::string> without_inner_underscores(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
    } else if (i == 0 || !is_digit(text[i - 1]) || i + 1 == text.size() || !is_digit(text[i + 1])) {
      return std::nullopt;
    }
  }
  return out;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// What go-yaml and YAML 1.2 agree on: null, true and false, infinities, not a number.
std::optional<Value> common_word(std::string_view text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return null_value();
  if (is_one_of(text, {"true", "True", "TRUE"})) return bool_value(true);
  if (is_one_of(text, {"false", "False", "FALSE"})) return bool_value(false);
  if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return float_value(std::nan(""));
  std::string_view number = text;
  const std::string_view sign = take_sign(number);
  if (is_one_of(number, {".inf", ".Inf", ".INF"})) {
    const double infinity = std::numeric_limits<double>::infinity();
    return float_value(sign == "-" ? -infinity : infinity);
  }
  return std::nullopt;
}

/// go-yaml v2 resolve.go. Timestamps are left out: decoded without a type they stay strings.
Value read_as_kubectl(std::string_view text) {
  if (const auto word = common_word(text)) return *word;
  if (is_one_of(text, {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"})) return bool_value(true);
  if (is_one_of(text, {"n", "N", "no", "No", "NO", "off", "Off", "OFF"})) return bool_value(false);
  if (text[0] == '.') {
    const auto plain = without_inner_underscores(text);
    if (!plain || !looks_like_float(*plain)) return {};
    const double real = parse_float(*plain);
    return std::isinf(real) ? Value{} : float_value(real);
  }
  if (!is_digit(text[0]) && text[0] != '-' && text[0] != '+') return {};
  std::string plain(text);
  plain.erase(std::remove(plain.begin(), plain.end(), '_'), plain.end());
  if (const auto integer = go_integer(plain)) return *integer;
  if (looks_like_float(plain)) {
    const double real = parse_float(plain);
    if (!std::isinf(real)) return float_value(real);
  }
  if (plain.starts_with("0b")) {
    // A fallback of go-yaml for old versions of Go; it lets a sign in behind the prefix.
    std::string_view digits = std::string_view(plain).substr(2);
    const std::string_view sign = take_sign(digits);
    if (!sign.empty()) return integer_value(sign, digits, 2).value_or(Value{});
  }
  return {};
}

/// YAML 1.2.2, 10.3.2.
Value read_as_core_schema(std::string_view text) {
  if (const auto word = common_word(text)) return *word;
  std::string_view digits = text;
  std::string_view sign;
  int base = 10;
  if (text.starts_with("0o") || text.starts_with("0x")) {
    base = text[1] == 'o' ? 8 : 16;
    digits.remove_prefix(2);
  } else {
    sign = take_sign(digits);
  }
  const bool all_digits =
      !digits.empty() && std::all_of(digits.begin(), digits.end(), [base](char c) {
        if (base == 16) return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
        return is_digit(c) && (base == 10 || c < '8');
      });
  if (all_digits) {
    if (const auto integer = integer_value(sign, digits, base)) return *integer;
    Value value;
    value.type = ScalarType::kInteger;
    value.huge = true;
    return value;
  }
  return looks_like_float(text) ? float_value(parse_float(text)) : Value{};
}

/// True for the texts that are strings in every reading, by their first character.
bool is_certain_string(std::string_view text) {
  if (text.empty()) return false;
  const char c = text[0];
  if (is_digit(c) || c == '-' || c == '+' || c == '.' || c == '~') return false;
  return text.size() > 5 || std::string_view("yYnNtTfFoO").find(c) == std::string_view::npos;
}

Json scalar_to_json(const Node& node) {
  if (node.style != Style::kPlain || is_certain_string(node.scalar)) return node.scalar;
  const Value value = read_as_kubectl(node.scalar);
  switch (value.type) {
    case ScalarType::kNull:
      return nullptr;
    case ScalarType::kBool:
      return value.boolean;
    case ScalarType::kInteger:
      if (value.negative < 0) return value.negative;
      if (value.natural <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return static_cast<std::int64_t>(value.natural);
      }
      return value.natural;
    case ScalarType::kFloat:
      return value.real;
    default:
      return node.scalar;
  }
}

/// Go's strconv.FormatFloat(value, 'g', -1, 32), which sigs.k8s.io/yaml uses for keys.
std::string float_key(double value) {
  if (std::isnan(value)) return ".nan";
  const auto single = static_cast<float>(value);
  if (std::isinf(single)) return single < 0 ? "-.inf" : ".inf";
  std::array<char, 64> text{};
  const auto scientific =
      std::to_chars(text.data(), text.data() + text.size(), single, std::chars_format::scientific);
  std::string out(text.data(), scientific.ptr);
  int exponent = 0;
  const std::size_t e = out.find('e');
  std::from_chars(out.data() + e + (out[e + 1] == '+' ? 2 : 1), out.data() + out.size(), exponent);
  const bool short_form = exponent >= -4 && exponent < 6;
  if (!short_form) return out;
  const auto fixed =
      std::to_chars(text.data(), text.data() + text.size(), single, std::chars_format::fixed);
  return {text.data(), fixed.ptr};
}

}  // namespace

Resolved resolve(std::string_view text, Style style) {
  if (style != Style::kPlain || is_certain_string(text)) return {};
  const Value kubectl = read_as_kubectl(text);
  return {kubectl.type, !same(kubectl, read_as_core_schema(text))};
}

Resolved resolve(const Node& node) {
  return resolve(node.scalar, node.style);
}

Json to_json(const Node& node) {
  if (node.kind == Kind::kScalar) return scalar_to_json(node);
  if (node.kind == Kind::kSequence) {
    Json list = Json::array();
    auto& items = list.get_ref<Json::array_t&>();
    items.reserve(node.items.size());
    for (const Node& item : node.items) items.push_back(to_json(item));
    return list;
  }
  Json object = Json::object();
  auto& members = object.get_ref<Json::object_t&>();
  members.reserve(node.members.size());
  // Keys are unique already; the object's own insertion would search for each.
  for (const Member& member : node.members) {
    auto& vector = static_cast<Json::object_t::Container&>(members);
    vector.emplace_back(key_text(member.key, member.key_style), to_json(member.value));
  }
  return object;
}

std::string key_text(std::string_view key, Style style) {
  if (style != Style::kPlain || is_certain_string(key)) return std::string(key);
  const Value value = read_as_kubectl(key);
  switch (value.type) {
    case ScalarType::kBool:
      return value.boolean ? "true" : "false";
    case ScalarType::kInteger:
      return value.negative < 0 ? std::to_string(value.negative) : std::to_string(value.natural);
    case ScalarType::kFloat:
      return float_key(value.real);
    default:
      return std::string(key);
  }
}

}  // namespace autocache::yaml
