#include "yaml/writer.h"

#include "base/json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace autocache::yaml {
namespace {

/// Readers refuse a key of more than 1024 characters before its colon; longer ones are written
/// after `? `.
constexpr std::size_t kLongestSimpleKey = 1000;

enum Class : std::uint8_t {
  kStartsBare = 1,  ///< may be the first character of a bare scalar
  kInBare = 2,      ///< may be a later one
  kEscaped = 4,     ///< ASCII that a double-quoted scalar escapes
  kDigit = 8,
};

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (std::size_t c = 0; c < 0x20; ++c) classes[c] = kEscaped;
  classes[0x7F] = classes['"'] = classes['\\'] = kEscaped;
  for (std::size_t c = 'a'; c <= 'z'; ++c) {
    classes[c] = kStartsBare | kInBare;
    classes[c - 'a' + 'A'] = kStartsBare | kInBare;
  }
  for (std::size_t c = '0'; c <= '9'; ++c) classes[c] = kInBare | kDigit;
  for (const char c : {'_', '/'}) classes[static_cast<unsigned char>(c)] = kStartsBare | kInBare;
  for (const char c : {'.', '@', '+', '-'}) classes[static_cast<unsigned char>(c)] = kInBare;
  return classes;
}

constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

bool is(Class wanted, char c) {
  return (kClasses[static_cast<unsigned char>(c)] & wanted) != 0;
}

/// Words that some reader takes for null or a boolean.
bool is_reserved_word(std::string_view text) {
  constexpr std::string_view kWords[] = {"y",   "n",    "yes",   "no",  "on",
                                         "off", "true", "false", "null"};
  if (text.size() > 5) return false;
  for (const std::string_view word : kWords) {
    if (word.size() != text.size()) continue;
    std::size_t i = 0;
    while (i < word.size() && (text[i] | 0x20) == word[i]) ++i;
    if (i == word.size()) return true;
  }
  return false;
}

/// `[eE][-+]?[0-9]+`: an exponent without a number, which some readers take for a float.
bool is_exponent(std::string_view text) {
  if ((text[0] | 0x20) != 'e') return false;
  std::size_t i = 1;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  if (i == text.size()) return false;
  while (i < text.size() && is(kDigit, text[i])) ++i;
  return i == text.size();
}

/// A number with a unit of quantities, durations or percentages; `E` is left out, `1E` being half a
/// float.
bool is_quantity(std::string_view text) {
  constexpr std::string_view kUnits[] = {"m", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "k",
                                         "M", "G",  "T",  "P",  "s",  "ms", "h",  "%"};
  std::size_t i = 0;
  while (i < text.size() && is(kDigit, text[i])) ++i;
  if (i == 0) return false;
  if (i < text.size() && text[i] == '.') {
    const std::size_t fraction = ++i;
    while (i < text.size() && is(kDigit, text[i])) ++i;
    if (i == fraction) return false;
  }
  for (const std::string_view unit : kUnits) {
    if (text.substr(i) == unit) return true;
  }
  return false;
}

/// The length of a character at `i` outside ASCII that must not be written raw (line separators for
/// YAML 1.1 readers, C1 controls, no-break and zero-width space, byte order mark, noncharacters of
/// the first plane), or 0.
std::size_t unsafe_length(std::string_view text, std::size_t i) {
  const auto byte = [text](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  const unsigned first = byte(i);
  const unsigned second = byte(i + 1);
  const unsigned third = byte(i + 2);
  if (first == 0xC2) return second <= 0xA0 ? 2 : 0;
  if (first == 0xE2) {
    return second == 0x80 && (third == 0x8B || third == 0xA8 || third == 0xA9) ? 3 : 0;
  }
  if (first == 0xEF) {
    return (second == 0xBB && third == 0xBF) || (second == 0xBF && third >= 0xBE) ? 3 : 0;
  }
  return 0;
}

void escape_code_point(std::uint32_t point, std::string& out) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) {
    out += kHex[(point >> static_cast<unsigned>(shift)) & 0xFU];
  }
}

std::uint32_t decode(std::string_view character) {
  const auto bits = [character](std::size_t i, std::uint32_t mask) {
    return static_cast<unsigned char>(character[i]) & mask;
  };
  if (character.size() == 2) return (bits(0, 0x1FU) << 6U) | bits(1, 0x3FU);
  return (bits(0, 0x0FU) << 12U) | (bits(1, 0x3FU) << 6U) | bits(2, 0x3FU);
}

void write_quoted(std::string_view text, std::string& out) {
  out += '"';
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    std::size_t length = 0;
    if (static_cast<unsigned char>(c) < 0x80U) {
      length = is(kEscaped, c) ? 1 : 0;
    } else {
      length = unsafe_length(text, i);
    }
    if (length == 0) {
      ++i;
      continue;
    }
    out.append(text, done, i - done);
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        escape_code_point(
            length == 1 ? static_cast<unsigned char>(c) : decode(text.substr(i, length)), out);
    }
    i += length;
    done = i;
  }
  out.append(text, done);
  out += '"';
}

/// True if `text` may be a block literal: several lines, no character that needs an escape, no
/// indentation indicator, and at most one line end at its end (what follows more of them is lost
/// when helm trims a document).
bool fits_literal(std::string_view text) {
  const std::size_t line_end = text.find('\n');
  if (line_end == std::string_view::npos || line_end == 0) return false;
  if (text[0] == ' ' || text[0] == '\t' || text.ends_with("\n\n")) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x80U) {
      if (unsafe_length(text, i) != 0) return false;
    } else if ((c < 0x20U && c != '\n' && c != '\t') || c == 0x7FU) {
      return false;
    }
  }
  return true;
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void document(const Json& value) {
    if (value.is_object() && !value.empty()) {
      mapping(value, 0, First::kIndented);
    } else if (value.is_array() && !value.empty()) {
      sequence(value, 0, First::kIndented);
    } else {
      scalar(value, 0);
      out_ += '\n';
    }
  }

 private:
  /// Whether the first entry of a collection starts a line or stands behind a `- `.
  enum class First { kIndented, kInline };

  void indent(std::size_t columns) { out_.append(columns, ' '); }

  void mapping(const Json& value, std::size_t column, First first) {
    for (const auto& [name, member] : value.get_ref<const Json::object_t&>()) {
      if (first == First::kIndented) indent(column);
      first = First::kIndented;
      key(name, column);
      out_ += ':';
      if (member.is_object() && !member.empty()) {
        out_ += '\n';
        mapping(member, column + 2, First::kIndented);
      } else if (member.is_array() && !member.empty()) {
        out_ += '\n';
        sequence(member, column, First::kIndented);
      } else {
        out_ += ' ';
        scalar(member, column);
        out_ += '\n';
      }
    }
  }

  void sequence(const Json& value, std::size_t column, First first) {
    for (const Json& item : value) {
      if (first == First::kIndented) indent(column);
      first = First::kIndented;
      out_ += "- ";
      if (item.is_object() && !item.empty()) {
        mapping(item, column + 2, First::kInline);
      } else if (item.is_array() && !item.empty()) {
        sequence(item, column + 2, First::kInline);
      } else {
        scalar(item, column);
        out_ += '\n';
      }
    }
  }

  void key(std::string_view name, std::size_t column) {
    const std::size_t start = out_.size();
    write_scalar(name, out_);
    if (out_.size() - start <= kLongestSimpleKey) return;
    out_.insert(start, "? ");
    out_ += '\n';
    indent(column);
  }

  /// Everything that fits behind a key or a dash; `column` is where that key or dash stands.
  void scalar(const Json& value, std::size_t column) {
    switch (value.type()) {
      case Json::value_t::object:
        out_ += "{}";
        break;
      case Json::value_t::array:
        out_ += "[]";
        break;
      case Json::value_t::string:
        string(value.get_ref<const std::string&>(), column);
        break;
      case Json::value_t::boolean:
        out_ += value.get<bool>() ? "true" : "false";
        break;
      case Json::value_t::number_integer:
        number(value.get<std::int64_t>());
        break;
      case Json::value_t::number_unsigned:
        number(value.get<std::uint64_t>());
        break;
      case Json::value_t::number_float:
        floating(value.get<double>());
        break;
      default:
        out_ += "null";
    }
  }

  void string(std::string_view text, std::size_t column) {
    if (fits_literal(text)) {
      literal(text, column + 2);
    } else {
      write_scalar(text, out_);
    }
  }

  void literal(std::string_view text, std::size_t column) {
    out_ += '|';
    if (text.back() == '\n') {
      text.remove_suffix(1);
    } else {
      out_ += '-';
    }
    for (;;) {
      const std::size_t end = text.find('\n');
      const std::string_view line = text.substr(0, end);
      out_ += '\n';
      if (!line.empty()) {
        indent(column);
        out_ += line;
      }
      if (end == std::string_view::npos) return;
      text.remove_prefix(end + 1);
    }
  }

  template <class Number>
  void number(Number value) {
    std::array<char, 24> text{};
    const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
    out_.append(text.data(), result.ptr);
  }

  /// The shortest text that reads back as `value`, always with a point: without one, YAML 1.1 takes
  /// `1e+20` for a string and every reader takes `1` for an integer.
  void floating(double value) {
    if (std::isnan(value)) {
      out_ += ".nan";
    } else if (std::isinf(value)) {
      out_ += value < 0 ? "-.inf" : ".inf";
    } else {
      const std::size_t start = out_.size();
      number(value);
      if (out_.find('.', start) != std::string::npos) return;
      const std::size_t exponent = out_.find('e', start);
      out_.insert(exponent == std::string::npos ? out_.size() : exponent, ".0");
    }
  }

  std::string& out_;
};

}  // namespace

void write(const Json& value, std::string& out) {
  Writer(out).document(value);
}

bool is_plain_safe(std::string_view text) {
  if (text.empty()) return false;
  if (!is(kStartsBare, text[0])) return is(kDigit, text[0]) && is_quantity(text);
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (is(kInBare, text[i])) continue;
    if (text[i] != ':' || i + 1 == text.size() || !is(kInBare, text[i + 1])) return false;
  }
  return !is_reserved_word(text) && !is_exponent(text);
}

void write_scalar(std::string_view text, std::string& out) {
  if (is_plain_safe(text)) {
    out += text;
  } else {
    write_quoted(text, out);
  }
}

}  // namespace autocache::yaml
