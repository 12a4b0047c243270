#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Expected failures are values (absl::Status); these two pass one up.
#define RETURN_IF_ERROR(expression)                           \
  do {                                                        \
    if (absl::Status status_ = (expression); !status_.ok()) { \
      return status_;                                         \
    }                                                         \
  } while (false)

#define GATEHOUSE_CONCAT_INNER(a, b) a##b
#define GATEHOUSE_CONCAT(a, b) GATEHOUSE_CONCAT_INNER(a, b)
#define ASSIGN_OR_RETURN(target, expression) \
  ASSIGN_OR_RETURN_INNER(GATEHOUSE_CONCAT(status_or_, __LINE__), target, expression)
// A declaration's name and target cannot stand in parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define ASSIGN_OR_RETURN_INNER(temporary, target, expression) \
  auto temporary = (expression);                              \
  if (!temporary.ok()) return temporary.status();             \
  target = std::move(temporary).value()
// NOLINTEND(bugprone-macro-parentheses)
