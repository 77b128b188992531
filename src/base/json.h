#pragma once

// The one data type of the project for trees of values. Include base/json_fwd.h where a declaration
// is enough.

#include "base/json_fwd.h"

#include <nlohmann/json.hpp>
