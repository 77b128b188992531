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

/// Both sides have the cache.
inline bool both(const Match& m) {
  return m.old_cache != nullptr && m.new_cache != nullptr;
}

/// Something names the release on both sides: only then can an image say that it goes back.
bool releases_known(const Match& m);

/// The new server cannot read what the present one has written.
bool unreadable(const Match& m);
/// Once the new server has written its data, the present one cannot read it.
bool one_way(const Match& m);
/// An older release of the same engine.
bool older(const Match& m);
/// An image whose release is unreadable().
bool unreadable_image(const Match& m);

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
