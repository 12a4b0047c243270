#include "edge/wire/inflater.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "edge/base/check.h"
#include "edge/wire/ws_decoder.h"

namespace edge {
namespace {

constexpr int kMaxWindowBits = 15;  // reads every smaller one too
constexpr size_t kFirstCapacity = size_t{8} * 1024;
constexpr size_t kKeptCapacity = size_t{64} * 1024;
// What the sender left out (RFC 7692 section 7.2.1): the rest of an empty stored block.
constexpr std::string_view kTail("\x00\x00\xff\xff", 4);

}  // namespace

Inflater::Inflater() = default;

Inflater::~Inflater() {
  if (stream_) inflateEnd(stream_.get());
}

void Inflater::Trim() {
  size_ = 0;
  if (capacity_ <= kKeptCapacity) return;
  output_.reset();
  capacity_ = 0;
}

void Inflater::Grow(size_t max_size) {
  // One more than the limit, so that going over it shows.
  const size_t capacity = std::min(std::max(kFirstCapacity, capacity_ * 2), max_size + 1);
  auto larger = std::make_unique_for_overwrite<char[]>(capacity + kScratchSlack);
  if (size_ > 0) std::memcpy(larger.get(), output_.get(), size_);
  output_ = std::move(larger);
  capacity_ = capacity;
}

bool Inflater::AtBlockBorder() const {
  // zlib.h says of data_type: 128 is added right after the end of a block, and the low bits count
  // those of the last byte that were not used.
  return ended_ || ((stream_->data_type & 128) != 0 && (stream_->data_type & 63) == 0);
}

Inflater::Result Inflater::Take(std::string_view bytes, size_t max_size) {
  z_stream& stream = *stream_;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  while (true) {
    if (size_ >= capacity_) Grow(max_size);
    if (ended_) inflateReset(&stream);
    const size_t room = capacity_ - size_;
    stream.next_out = reinterpret_cast<Bytef*>(output_.get() + size_);
    stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream, Z_SYNC_FLUSH);
    size_ += room - stream.avail_out;
    if (size_ > max_size) return Result::kTooBig;
    // A block may be marked as the final one, and more may follow (RFC 7692 section 7.2.3.5).
    ended_ = result == Z_STREAM_END;
    if (ended_ && stream.avail_in > 0) continue;
    if (ended_) return Result::kDone;
    if (result != Z_OK && result != Z_BUF_ERROR) return Result::kCorrupt;
    if (stream.avail_out > 0) return Result::kDone;
  }
}

Inflater::Result Inflater::Inflate(std::string_view compressed, size_t max_size) {
  size_ = 0;
  ended_ = false;
  if (capacity_ == 0) Grow(max_size);
  if (compressed.empty()) return Result::kDone;
  if (!stream_) {
    stream_ = std::make_unique<z_stream>();
    const int result = inflateInit2(stream_.get(), -kMaxWindowBits);
    GATEHOUSE_CHECK(result == Z_OK, "no memory for zlib");
  } else {
    inflateReset(stream_.get());
  }
  Result result = Take(compressed, max_size);
  // Who ends with a whole block has left out nothing.
  if (result == Result::kDone && !AtBlockBorder()) {
    result = Take(kTail, max_size);
    if (result == Result::kDone && !AtBlockBorder()) result = Result::kCorrupt;
  }
  return result;
}

}  // namespace edge
