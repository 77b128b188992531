#pragma once

#include "schemagen/compile.h"

#include <string>

namespace autocache::schemagen {

/// A C++ source that defines the tables as constants, and spec::kinds().
std::string emit(const Compiled& compiled);

}  // namespace autocache::schemagen
