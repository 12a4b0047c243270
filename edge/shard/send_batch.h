#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>

#include "absl/functional/function_ref.h"

struct io_uring;

namespace edge {

// The writes of one turn to many sockets in one system call (io_uring, Linux 5.6 and later).
//
// Each write is a send() that does not wait: Submit returns when all have been tried, so a batch is
// a cheaper way of making the same calls (measured: 1.1 to 1.3 times the sends a CPU-second where
// nothing else can be gathered), and nothing is under way between turns. Belongs to one thread.
class SendBatch {
 public:
  // Buffers of one write, and writes of one batch.
  static constexpr size_t kBuffers = 64;
  static constexpr size_t kCapacity = 256;

  // Null: the kernel, or its sandbox, does not permit it. On the thread that will use it.
  static std::unique_ptr<SendBatch> Open();
  ~SendBatch();
  SendBatch(const SendBatch&) = delete;
  SendBatch& operator=(const SendBatch&) = delete;

  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == kCapacity; }

  // Where the next write's buffers are to be listed. Not when full.
  std::span<iovec> buffers();
  // Adds the write of the first `count` of buffers() to `fd`. The bytes stay where they are until
  // Submit has returned; `owner` comes back with the outcome.
  void Add(int fd, size_t count, void* owner);
  // Makes the writes, in order; then calls `done` for each with what it returned: bytes, or a
  // negative errno. Empty afterwards.
  void Submit(absl::FunctionRef<void(void* owner, int result)> done);

 private:
  struct Write;
  SendBatch();

  std::unique_ptr<io_uring> ring_;
  std::unique_ptr<Write[]> writes_;
  std::unique_ptr<iovec[]> buffers_;
  size_t size_ = 0;
};

}  // namespace edge
