#pragma once

#include <cstdio>
#include <cstdlib>

// Aborts with a message when `condition` does not hold. For states that are impossible whatever a
// peer, an upstream or a caller sends; anything those can cause is an absl::Status instead.
#define GATEHOUSE_CHECK(condition, message)                                                 \
  do {                                                                                      \
    if (__builtin_expect(!(condition), 0)) {                                                \
      std::fprintf(stderr, "%s:%d: check failed: %s: %s\n", __FILE__, __LINE__, #condition, \
                   message);                                                                \
      std::abort();                                                                         \
    }                                                                                       \
  } while (false)
