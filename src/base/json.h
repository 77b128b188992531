#pragma once

// The one data type of the project for trees of values. Include base/json_fwd.h where a declaration is enough.

#include <nlohmann/json.hpp>

#include "base/json_fwd.h"
