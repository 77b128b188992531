#pragma once

#include <optional>
#include <string_view>

namespace autocache::plan {

/// What a change does to a running cache, in rising order of harm. A report's impact is the highest
/// of its changes.
enum class Impact {
  kNone,            ///< nothing: another spelling of the same, or data that nobody acts on
  kLive,            ///< the running servers take it by CONFIG SET
  kInPlace,         ///< an object is updated or created; no Pod restarts
  kRollingRestart,  ///< Pods restart one after the other
  kScale,           ///< Pods are added or removed, slots move
  kRecreate,        ///< an object has to be deleted and created anew
  kDataLoss,        ///< keys are gone afterwards
};

/// "none", "live", "in-place", "rolling-restart", "scale", "recreate" or "data-loss".
std::string_view to_string(Impact impact);

/// The impact called `text`.
std::optional<Impact> parse_impact(std::string_view text);

}  // namespace autocache::plan
