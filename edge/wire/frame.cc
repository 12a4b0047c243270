#include "edge/wire/frame.h"

#include <cstring>
#include <new>

namespace edge {
namespace {

constexpr size_t kKeptFree = 1024;

}  // namespace

// The LocalFrames a thread keeps for reuse. Bounded; freed with the thread.
class LocalFramePool {
 public:
  ~LocalFramePool() {
    while (free_ != nullptr) delete std::exchange(free_, free_->next_free_);
  }
  LocalFrame* Take() {
    if (free_ == nullptr) return new LocalFrame;
    --size_;
    return std::exchange(free_, free_->next_free_);
  }
  void Give(LocalFrame* frame) {
    if (size_ >= kKeptFree) {
      delete frame;
      return;
    }
    frame->next_free_ = free_;
    free_ = frame;
    ++size_;
  }
  LocalFrame* Fill(FramePtr frame) {
    LocalFrame* const local = Take();
    local->count_ = 0;
    local->data_ = frame->data();
    local->size_ = static_cast<uint32_t>(frame->size());
    local->frame_ = std::move(frame);
    return local;
  }

 private:
  LocalFrame* free_ = nullptr;
  size_t size_ = 0;
};

namespace {

thread_local LocalFramePool pool;

}  // namespace

FramePtr Frame::Make(size_t size, absl::FunctionRef<void(char*)> fill) {
  void* const memory = ::operator new(sizeof(Frame) + size);
  auto* const frame = new (memory) Frame(size);
  fill(reinterpret_cast<char*>(frame + 1));
  return FramePtr(frame);
}

FramePtr Frame::Copy(std::string_view bytes) {
  return Make(bytes.size(), [bytes](char* out) {
    if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
  });
}

void Frame::Drop() {
  if (count_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  this->~Frame();
  ::operator delete(this);
}

void LocalFrame::Recycle() {
  frame_ = FramePtr();
  pool.Give(this);
}

LocalFramePtr Localize(FramePtr frame) {
  return LocalFramePtr(pool.Fill(std::move(frame)));
}

}  // namespace edge
