#pragma once

// Catch2 of Debian 12 is version 2, that of Debian 13 and Ubuntu 24.04 is version 3: the same
// macros behind other headers.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>  // IWYU pragma: export
#else
#include <catch2/catch.hpp>  // IWYU pragma: export
#endif
