#include "edge/config/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "edge/base/status_macros.h"
#include "edge/base/text.h"

namespace edge {
namespace {

absl::Status CannotRead(int error) {
  return Error(absl::StatusCode::kInvalidArgument, "cannot be read: {}",
               std::generic_category().message(error));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd() < 0) return CannotRead(errno);
  std::string text;
  std::array<char, 16384> chunk;
  while (true) {
    const ssize_t count = ::read(file.fd(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return CannotRead(errno);
    if (count == 0) return text;
    text.append(chunk.data(), static_cast<size_t>(count));
    if (text.size() > kMaxSmallFile) {
      return Error(absl::StatusCode::kInvalidArgument, "is larger than {} bytes", kMaxSmallFile);
    }
  }
}

absl::Status CheckReadable(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd() < 0) return CannotRead(errno);
  struct stat found {};
  if (::fstat(file.fd(), &found) != 0) return CannotRead(errno);
  return S_ISDIR(found.st_mode) ? CannotRead(EISDIR) : absl::OkStatus();
}

}  // namespace edge
