#include "base/quantity.h"

#include <algorithm>
#include <array>
#include <limits>

namespace autocache {
namespace {

__extension__ using Int128 = __int128;

constexpr Int128 kNano = 1'000'000'000;
constexpr Int128 kMax = (Int128{1} << 126) - 1 + (Int128{1} << 126);

struct Suffix {
  std::string_view text;
  int base;
  int exponent;
};

constexpr std::array<Suffix, 15> kSuffixes = {{{"Ki", 2, 10},
                                               {"Mi", 2, 20},
                                               {"Gi", 2, 30},
                                               {"Ti", 2, 40},
                                               {"Pi", 2, 50},
                                               {"Ei", 2, 60},
                                               {"n", 10, -9},
                                               {"u", 10, -6},
                                               {"m", 10, -3},
                                               {"k", 10, 3},
                                               {"M", 10, 6},
                                               {"G", 10, 9},
                                               {"T", 10, 12},
                                               {"P", 10, 15},
                                               {"E", 10, 18}}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// value * 10, or nothing past the range.
bool times(Int128& value, Int128 factor) {
  if (value > kMax / factor) return false;
  value *= factor;
  return true;
}

std::string decimal(Int128 value) {
  if (value == 0) return "0";
  const bool negative = value < 0;
  if (negative) value = -value;
  std::string out;
  for (; value > 0; value /= 10) out += static_cast<char>('0' + static_cast<int>(value % 10));
  if (negative) out += '-';
  std::reverse(out.begin(), out.end());
  return out;
}

std::int64_t clamp_up(Int128 nano, Int128 unit) {
  Int128 whole = nano / unit;
  if (nano > 0 && nano % unit != 0)
    ++whole;  // a negative quotient is rounded towards zero, which is up
  whole = std::clamp<Int128>(whole, std::numeric_limits<std::int64_t>::min(),
                             std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(whole);
}

}  // namespace

std::optional<Quantity> Quantity::parse(std::string_view text) {
  Quantity out;
  bool negative = false;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  std::string digits;
  int fraction = 0;
  bool dot = false;
  std::size_t i = 0;
  for (; i < text.size() && (is_digit(text[i]) || (text[i] == '.' && !dot)); ++i) {
    if (text[i] == '.') {
      dot = true;
      continue;
    }
    digits += text[i];
    if (dot) ++fraction;
  }
  if (digits.empty()) return std::nullopt;
  const std::string_view suffix = text.substr(i);

  int base = 10;
  int exponent = 0;
  if (suffix.size() >= 2 && (suffix[0] == 'e' || suffix[0] == 'E') && suffix != "Ei") {
    std::string_view rest = suffix.substr(1);
    const bool minus = rest.front() == '-';
    if (rest.front() == '+' || rest.front() == '-') rest.remove_prefix(1);
    if (rest.empty() || rest.size() > 4 || !std::all_of(rest.begin(), rest.end(), is_digit))
      return std::nullopt;
    for (const char c : rest) exponent = exponent * 10 + (c - '0');
    if (minus) exponent = -exponent;
    out.family_ = Family::kDecimalExponent;
  } else if (!suffix.empty()) {
    const auto* const found = std::find_if(kSuffixes.begin(), kSuffixes.end(),
                                           [&](const Suffix& s) { return s.text == suffix; });
    if (found == kSuffixes.end()) return std::nullopt;
    base = found->base;
    exponent = found->exponent;
    if (base == 2) out.family_ = Family::kBinary;
  }

  // The value in 10^-9: digits * 10^(9 - fraction) * base^exponent, rounded up where it is finer
  // than that.
  while (fraction > 0 && digits.back() == '0') {
    digits.pop_back();
    --fraction;
  }
  const std::size_t leading = digits.find_first_not_of('0');
  digits.erase(0, leading == std::string::npos ? digits.size() : leading);
  int power = 9 - fraction + (base == 10 ? exponent : 0);
  bool inexact = false;
  while (power < 0 && !digits.empty() && base == 10) {
    inexact = inexact || digits.back() != '0';
    digits.pop_back();
    ++power;
  }
  Int128 value = 0;
  if (base == 2) {
    // A fraction of a binary unit: exact in 128 bits for up to 18 significant digits, which is past
    // what 2^-x can need.
    if (digits.size() > 24) return std::nullopt;
    for (const char c : digits) value = value * 10 + (c - '0');
    int remaining = exponent;
    int up = power;
    int down = 0;
    if (up < 0) {
      down = -up;
      up = 0;
    }
    for (; remaining > 0; --remaining) {
      if (!times(value, 2)) return std::nullopt;
    }
    for (; up > 0; --up) {
      if (!times(value, 10)) return std::nullopt;
    }
    for (; down > 0; --down) {
      inexact = inexact || value % 10 != 0;
      value /= 10;
    }
  } else {
    for (const char c : digits) {
      if (!times(value, 10)) return std::nullopt;
      value += c - '0';
    }
    for (; power > 0 && value != 0; --power) {
      if (!times(value, 10)) return std::nullopt;
    }
  }
  if (inexact && !negative) ++value;
  if (inexact && negative) ++value;  // the API server rounds away from zero
  out.nano_ = negative ? -value : value;
  return out;
}

std::string Quantity::canonical() const {
  if (nano_ == 0) return "0";
  const Int128 magnitude = nano_ < 0 ? -nano_ : nano_;
  if (family_ == Family::kBinary && magnitude % kNano == 0 && magnitude / kNano >= 1024) {
    Int128 whole = nano_ / kNano;
    std::string_view suffix;
    constexpr std::array<std::string_view, 6> kNames = {"Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
    for (const std::string_view name : kNames) {
      if (whole % 1024 != 0) break;
      whole /= 1024;
      suffix = name;
    }
    return decimal(whole).append(suffix);
  }
  Int128 value = nano_;
  int exponent = -9;
  while (value % 1000 == 0 && exponent < 18) {
    value /= 1000;
    exponent += 3;
  }
  if (family_ == Family::kDecimalExponent) {
    return exponent == 0 ? decimal(value) : decimal(value) + "e" + std::to_string(exponent);
  }
  constexpr std::array<std::string_view, 10> kNames = {"n", "u", "m", "",  "k",
                                                       "M", "G", "T", "P", "E"};
  return decimal(value).append(kNames[static_cast<std::size_t>((exponent + 9) / 3)]);
}

std::int64_t Quantity::value() const {
  return clamp_up(nano_, kNano);
}

std::int64_t Quantity::milli_value() const {
  return clamp_up(nano_, kNano / 1000);
}

}  // namespace autocache
