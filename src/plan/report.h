#pragma once

// What the reports have in common: words and numbers, never markup.

#include "plan/model.h"

#include <string>
#include <string_view>
#include <vector>

namespace autocache::plan {

/// A value on one line: strings bare, others as compact JSON, cut after `limit` characters;
/// "(none)" for nothing.
std::string show(const std::optional<Json>& value, std::size_t limit = 80);

/// "+", "-" or "~".
std::string_view mark_of(const Change& change);

/// True if a change has the same object, rule and effect as the one before it: they are shown
/// together.
bool continues(const Plan& plan, std::size_t index);

/// "12 changes in 4 objects".
std::string count_text(const Plan& plan);

/// What the impact means, in a sentence.
std::string_view meaning_of(Impact impact);

/// "4096 slots move (25.0%)" with keys, bytes and time where they are known.
std::string slots_text(const SlotSection& section);

/// "1.5 GiB", "300 B".
std::string bytes_text(std::int64_t bytes);

/// "45 s", "12 min", "3 h 5 min".
std::string duration_text(double seconds);

/// Slots moved in all caches.
int moved_slots(const Plan& plan);

/// The Pods that restart, in order.
std::vector<std::string> restarted_pods(const Plan& plan);

/// The name of the folder of each step, "2-apply" for the second, so that their names sort in the
/// order of the steps; empty for a step that applies nothing.
std::vector<std::string> folders_of(const Plan& plan);

/// The command with the folder of its step in place of DIR.
std::string with_folder(std::string command, const std::string& folder);

}  // namespace autocache::plan
