#pragma once

// A check of a fuzz target: prints what does not hold and aborts, which is what libFuzzer waits
// for.

#include <cstdio>
#include <cstdlib>

#define AC_REQUIRE(condition)                                                        \
  do {                                                                               \
    if (!(condition)) {                                                              \
      std::fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                  \
    }                                                                                \
  } while (false)
