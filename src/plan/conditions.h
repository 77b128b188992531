#pragma once

// Questions that several tables of rules ask about a match.

#include "plan/rules.h"

namespace autocache::plan {

inline bool added(const Match& m) {
  return m.op == Op::kAdd;
}
inline bool removed(const Match& m) {
  return m.op == Op::kRemove;
}

/// Before and after are numbers or quantities and the value grows (or shrinks).
bool grows(const Match& m);
bool shrinks(const Match& m);

/// The object belongs to the hook's own Jobs, which every run replaces.
bool of_hook(const Match& m);

/// True if an object carries the label with this value.
bool has_label(const Json* object, std::string_view key, std::string_view value);

/// An annotation of an object; empty if it has none.
std::string annotation(const Json* object, std::string_view key);

}  // namespace autocache::plan
