#include "edge/proxy/pending_output.h"

#include <cerrno>

namespace edge {
namespace {

// Removes `sent` bytes from the front of `parts`, and parts that are empty.
void Advance(std::span<iovec>& parts, size_t sent) {
  while (!parts.empty() && sent >= parts.front().iov_len) {
    sent -= parts.front().iov_len;
    parts = parts.subspan(1);
  }
  if (parts.empty()) return;
  parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + sent;
  parts.front().iov_len -= sent;
}

}  // namespace

bool PendingOutput::Write(Socket& socket, std::span<iovec> parts) {
  Advance(parts, 0);
  while (empty() && !parts.empty() && !socket.blocked()) {
    const ssize_t sent = socket.Send(parts);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) break;
    if (sent < 0) return false;
    total_sent_ += static_cast<uint64_t>(sent);
    Advance(parts, static_cast<size_t>(sent));
  }
  for (const iovec& part : parts) {
    kept_.append(static_cast<const char*>(part.iov_base), part.iov_len);
  }
  return true;
}

bool PendingOutput::Flush(Socket& socket) {
  if (!socket.FlushOutput()) return false;
  while (!empty() && !socket.blocked()) {
    const iovec rest{kept_.data() + sent_, kept_.size() - sent_};
    const ssize_t sent = socket.Send({&rest, 1});
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return errno == EAGAIN;
    sent_ += static_cast<size_t>(sent);
    total_sent_ += static_cast<uint64_t>(sent);
  }
  if (!held_) Let();
  return true;
}

void PendingOutput::Let() {
  held_ = false;
  if (!empty()) return;
  std::string().swap(kept_);
  sent_ = 0;
}

}  // namespace edge
