#pragma once

#include "base/diagnostic.h"

#include <tl/expected.hpp>

namespace autocache {

/// A value, or at least one diagnostic of severity error.
template <class T>
using Result = tl::expected<T, Diagnostics>;

/// The error side of a Result, from a single diagnostic.
inline tl::unexpected<Diagnostics> failure(Diagnostic diagnostic) {
  Diagnostics list;
  list.push_back(std::move(diagnostic));
  return tl::unexpected<Diagnostics>(std::move(list));
}

}  // namespace autocache
