#pragma once

#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "edge/base/check.h"
#include "edge/base/random.h"

namespace edge {

// zlib used directly: what a client does to its messages and to ours (RFC 7692 section 7.2).

// Everything that `flush` makes of the text, nothing left out.
inline std::string RawDeflateAll(std::string_view text, int flush, int window_bits = 15) {
  z_stream stream{};
  const int begun = deflateInit2(&stream, 6, Z_DEFLATED, -window_bits, 8, Z_DEFAULT_STRATEGY);
  GATEHOUSE_CHECK(begun == Z_OK, "zlib does not begin");
  std::string out(text.size() + text.size() / 8 + 256, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, flush);
  GATEHOUSE_CHECK(stream.avail_in == 0 && stream.avail_out > 0, "zlib did not take all");
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

// The payload of one compressed message.
inline std::string RawDeflate(std::string_view text, int window_bits = 15) {
  std::string out = RawDeflateAll(text, Z_SYNC_FLUSH, window_bits);
  out.resize(out.size() - 4);
  return out;
}

// What a client with a window of 2^window_bits bytes reads; nothing: it cannot. It takes out few
// bytes at a time, so that nothing but its window remembers what went before.
inline std::optional<std::string> RawInflate(std::string_view payload, int window_bits = 15) {
  z_stream stream{};
  const int begun = inflateInit2(&stream, -window_bits);
  GATEHOUSE_CHECK(begun == Z_OK, "zlib does not begin");
  const std::string in = std::string(payload) + std::string("\x00\x00\xff\xff", 4);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  std::string out;
  int result = Z_OK;
  do {
    char piece[64];
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof piece;
    result = inflate(&stream, Z_SYNC_FLUSH);
    out.append(piece, sizeof piece - stream.avail_out);
  } while (result == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0));
  const bool good = (result == Z_OK || result == Z_BUF_ERROR) && stream.avail_in == 0;
  inflateEnd(&stream);
  return good ? std::optional(out) : std::nullopt;
}

// Text that gets shorter, and refers back as far as it can.
inline std::string Compressible(size_t size) {
  std::string text;
  FastRandom random(size);
  while (text.size() < size) {
    text += "{\"id\":" + std::to_string(random.Below(100000)) + ",\"text\":\"price of tea\"},";
  }
  text.resize(size);
  return text;
}

// Text that does not.
inline std::string Incompressible(size_t size) {
  std::string text(size, '\0');
  FastRandom random(size);
  for (char& c : text) c = static_cast<char>(random.Below(256));
  return text;
}

}  // namespace edge
