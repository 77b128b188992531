#include "plan/impact.h"

#include <array>

namespace autocache::plan {
namespace {

constexpr std::array<std::string_view, 7> kNames = {
    "none", "live", "in-place", "rolling-restart", "scale", "recreate", "data-loss"};

}  // namespace

std::string_view to_string(Impact impact) {
  return kNames[static_cast<std::size_t>(impact)];
}

std::optional<Impact> parse_impact(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<Impact>(i);
  }
  return std::nullopt;
}

}  // namespace autocache::plan
