#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

struct z_stream_s;

namespace edge {

// Inflates messages that came by permessage-deflate (RFC 7692 section 7.2.2), each by itself.
//
// Belongs to one shard and serves all its sessions: only between Inflate and Trim it holds a
// message. zlib's state (about 40 KB) is made with the first message; a buffer of up to 64 KiB is
// kept.
class Inflater {
 public:
  enum class Result : uint8_t {
    kDone,
    kTooBig,   // over the limit: given up there, whatever was to follow
    kCorrupt,  // not DEFLATE, or cut off
  };

  Inflater();
  ~Inflater();

  // Inflates one whole message, from any window. Memory grows with what comes out, to
  // `max_size` and no further.
  Result Inflate(std::string_view compressed, size_t max_size);
  // What it said, followed by kScratchSlack readable bytes. Until the next call of anything here.
  std::string_view output() const { return {output_.get(), size_}; }
  // Gives back the memory of a large message.
  void Trim();

 private:
  // Inflates `bytes` behind what is there.
  Result Take(std::string_view bytes, size_t max_size);
  void Grow(size_t max_size);
  bool AtBlockBorder() const;

  std::unique_ptr<z_stream_s> stream_;
  std::unique_ptr<char[]> output_;
  size_t capacity_ = 0;
  size_t size_ = 0;
  bool ended_ = false;  // the last block taken was marked as the final one
};

}  // namespace edge
