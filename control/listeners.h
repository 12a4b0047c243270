#pragma once

#include <sys/stat.h>

#include <string>

#include "absl/status/status.h"

// The addresses that the control API listens on.
namespace control {

// Makes way for a unix socket at `path`: a socket that nobody listens on is removed.
// kUnavailable: somebody listens. kInvalidArgument: something else is there, or the path is too
// long.
absl::Status PrepareUnixSocket(const std::string& path);

// How gRPC wants a unix socket's path: percent-encoded in a URI.
std::string UnixUri(const std::string& path);

// Why HOST:PORT could not be bound, as the system says it; for a message after gRPC failed to.
std::string WhyNotBound(const std::string& listen);

// `listen` with its port replaced by the one that was bound.
std::string WithPort(const std::string& listen, int port);

// Creates files with `mode` and no other bit while it lives. The process's umask is one for all
// threads: for the start only.
class ScopedFileMode {
 public:
  explicit ScopedFileMode(mode_t mode) : before_(::umask(~mode & 0777)) {}
  ~ScopedFileMode() { ::umask(before_); }
  ScopedFileMode(const ScopedFileMode&) = delete;
  ScopedFileMode& operator=(const ScopedFileMode&) = delete;

 private:
  const mode_t before_;
};

}  // namespace control
