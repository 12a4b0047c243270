#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace bench {

// A measurement that cannot be made ends the tool: half a figure is worse than none.
template <typename... Args>
[[noreturn]] void Fail(fmt::format_string<Args...> format, Args&&... args) {
  fmt::print(stderr, "{}: {}\n", program_invocation_short_name,
             fmt::format(format, std::forward<Args>(args)...));
  // No destructors: threads of gRPC may be at work.
  std::fflush(nullptr);
  std::_Exit(1);
}

// For the result of a system call: fails with errno's text when it is negative.
inline int Check(int result, const char* what) {
  if (result < 0) Fail("{}: {}", what, std::strerror(errno));
  return result;
}

}  // namespace bench
