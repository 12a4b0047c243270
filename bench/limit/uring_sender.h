#pragma once

#include <liburing.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <span>
#include <vector>

namespace bench {

class Connection;

// The same bytes to many connections, 256 sends in one system call.
class UringSender {
 public:
  UringSender();
  ~UringSender();
  UringSender(const UringSender&) = delete;
  UringSender& operator=(const UringSender&) = delete;

  // At most IOV_MAX pieces.
  void Send(const std::vector<Connection*>& members, std::span<const iovec> pieces);

 private:
  void Submit(std::span<const iovec> pieces);

  io_uring ring_;
  unsigned size_ = 0;
};

}  // namespace bench
