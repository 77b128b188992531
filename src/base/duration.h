#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace autocache {

/// A duration as Go and Kubernetes write it: decimal numbers with the units ms, s, m, h ("90s",
/// "1h30m", "1.5h"), or "0". Nothing if it is not one, is negative, or exceeds 292 years. Finer
/// than a millisecond is cut off.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace autocache
