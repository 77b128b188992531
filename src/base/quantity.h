#pragma once

// Kubernetes resource quantities (apimachinery pkg/api/resource/quantity.go): 500m, 1.5Gi, 10e3.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace autocache {

/// An exact decimal number with the suffix family in which it was written. Values are held in units
/// of 10^-9 (the precision of the API server, which rounds up below it) and reach +-(2^127 - 1) of
/// those.
class Quantity {
 public:
  enum class Family { kBinary, kDecimalSi, kDecimalExponent };

  /// The value of `text`; nothing if Kubernetes would refuse it ("1 Gi", "1gb", "", ".") or it is
  /// out of range.
  static std::optional<Quantity> parse(std::string_view text);

  /// The form that the API server stores and returns: the largest suffix of the family without a
  /// fraction ("1.5Gi" as "1536Mi", "0.5" as "500m", "1000m" as "1").
  [[nodiscard]] std::string canonical() const;

  /// The value rounded up to a whole number, as Kubernetes' Quantity.Value(); limited to the range
  /// of int64.
  [[nodiscard]] std::int64_t value() const;

  /// The value in thousandths, rounded up, as Kubernetes' Quantity.MilliValue().
  [[nodiscard]] std::int64_t milli_value() const;

  [[nodiscard]] bool is_negative() const { return nano_ < 0; }
  [[nodiscard]] bool is_zero() const { return nano_ == 0; }

  /// Compares by value; the family does not count.
  friend bool operator==(const Quantity& a, const Quantity& b) { return a.nano_ == b.nano_; }
  friend auto operator<=>(const Quantity& a, const Quantity& b) { return a.nano_ <=> b.nano_; }

 private:
  __extension__ using Int128 = __int128;

  Int128 nano_ = 0;
  Family family_ = Family::kDecimalSi;
};

}  // namespace autocache
