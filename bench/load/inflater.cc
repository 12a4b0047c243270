#include "bench/load/inflater.h"

#include <functional>

#include "bench/net/fail.h"

namespace bench {
namespace {

constexpr int kRawDeflate = -15;
// RFC 7692 section 7.2.2: the sender has cut these off.
constexpr std::string_view kTail("\x00\x00\xff\xff", 4);
constexpr size_t kChunk = size_t{16} * 1024;

}  // namespace

Inflater::Inflater() {
  if (::inflateInit2(&stream_, kRawDeflate) != Z_OK) Fail("zlib does not start");
}

Inflater::~Inflater() {
  ::inflateEnd(&stream_);
}

std::string_view Inflater::TextOf(std::string_view compressed) {
  Known& known = known_[std::hash<std::string_view>()(compressed) % kKnown];
  if (known.compressed != compressed) {
    known.compressed = compressed;
    known.text.clear();
    ::inflateReset(&stream_);
    Inflate(compressed, known.text);
    Inflate(kTail, known.text);
  }
  return known.text;
}

void Inflater::Inflate(std::string_view bytes, std::string& out) {
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream_.avail_in = static_cast<uInt>(bytes.size());
  do {
    const size_t have = out.size();
    out.resize(have + kChunk);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + have);
    stream_.avail_out = kChunk;
    const int result = ::inflate(&stream_, Z_SYNC_FLUSH);
    out.resize(have + kChunk - stream_.avail_out);
    // Z_BUF_ERROR: there was nothing more to do. Z_STREAM_END: the message was a last block.
    if (result == Z_STREAM_END || result == Z_BUF_ERROR) return;
    if (result != Z_OK) Fail("a compressed message cannot be read: {}", result);
  } while (stream_.avail_in > 0 || stream_.avail_out == 0);
}

}  // namespace bench
