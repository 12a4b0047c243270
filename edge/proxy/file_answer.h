#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "edge/proxy/message_head.h"
#include "edge/proxy/route_table.h"

namespace edge {

// A file of a route's folder as an answer, read piece by piece as the client takes them, so that it
// costs no memory. Only regular files below the folder are opened: the kernel resolves the path
// beneath it (openat2), so that neither ".." nor a symbolic link leads out. Belongs to its
// connection, on its shard. Reading a file that is not in the page cache waits for the disk, as
// nginx without threads does.
class FileAnswer {
 public:
  // `path`: the request's, normal; `route`: of a folder. Not ok(): there is no such file.
  FileAnswer(const Route& route, std::string_view path);
  ~FileAnswer();
  FileAnswer(const FileAnswer&) = delete;
  FileAnswer& operator=(const FileAnswer&) = delete;

  bool ok() const { return fd_ >= 0; }
  // The head of the answer: 200, or 304 when the client has it already. `keep_alive` as the
  // connection will go on.
  std::string Head(const RequestHead& request, bool keep_alive);
  // Reads on into `into`; 0 at the end. -1: the file cannot be read, or has shrunk.
  ssize_t Read(std::span<char> into);
  // Bytes that are still to be read.
  uint64_t left() const { return left_; }
  bool keep_alive() const { return keep_alive_; }

 private:
  int fd_ = -1;
  uint64_t left_ = 0;
  int64_t changed_seconds_ = 0;
  uint64_t changed_nanos_ = 0;
  std::string_view content_type_;
  bool keep_alive_ = true;
};

}  // namespace edge
