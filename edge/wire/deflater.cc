#include "edge/wire/deflater.h"

#include <zlib.h>

#include <cstring>

#include "edge/wire/ws_frame.h"

namespace edge {
namespace {

// What a sync flush ends with and a message leaves out (RFC 7692 section 7.2.1).
constexpr size_t kTail = 4;
constexpr size_t kKeptScratch = size_t{128} * 1024;

}  // namespace

struct Deflater::State {
  z_stream stream{};
  bool ready = false;

  State(int level, int window_bits) {
    constexpr int kMemoryLevel = 8;  // zlib's default
    ready = deflateInit2(&stream, level, Z_DEFLATED, -window_bits, kMemoryLevel,
                         Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~State() {
    if (ready) deflateEnd(&stream);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Deflater::Deflater(const DeflateRules& rules) : rules_(rules) {}
Deflater::~Deflater() = default;

Deflater::State* Deflater::StateOf(int window_bits) {
  std::unique_ptr<State>& state = states_[static_cast<size_t>(window_bits - kSmallestState)];
  if (!state) state = std::make_unique<State>(rules_.level, window_bits);
  if (!state->ready || deflateReset(&state->stream) != Z_OK) return nullptr;
  return state.get();
}

size_t Deflater::Deflate(State& state, std::string_view payload) {
  // Room for what is worth having, and for the tail: who does not fit in gains nothing.
  const size_t most = payload.size() + (rules_.only_if_shorter ? 0 : payload.size() / 8 + 64);
  if (scratch_.size() < most + kTail) scratch_.resize(most + kTail);
  z_stream& stream = state.stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(payload.data()));
  stream.avail_in = static_cast<uInt>(payload.size());
  stream.next_out = reinterpret_cast<Bytef*>(scratch_.data());
  stream.avail_out = static_cast<uInt>(most + kTail);
  ++compressions_;
  if (deflate(&stream, Z_SYNC_FLUSH) != Z_OK || stream.avail_out == 0) return 0;
  const size_t size = most - stream.avail_out;
  return rules_.only_if_shorter && size >= payload.size() ? 0 : size;
}

FramePtr Deflater::Compress(std::string_view plain, int window_bits) {
  const std::string_view payload = WsPayload(plain);
  if (payload.empty() || payload.size() < rules_.threshold) return {};
  // A message that fits into the client's window cannot refer further back than that, however large
  // ours is. (Windows fitted to short messages, with smaller tables to clear, were measured: 7 % at
  // 300 bytes, nothing from 1 KiB on.)
  const bool fits = payload.size() <= size_t{1} << window_bits;
  if (!fits && window_bits < kSmallestState) return {};
  State* const state = StateOf(fits ? kMaxWindowBits : window_bits);
  const size_t size = state == nullptr ? 0 : Deflate(*state, payload);
  FramePtr frame;
  if (size != 0) {
    frame = Frame::Make(WsHeaderSize(size) + size, [&](char* out) {
      const auto opcode = static_cast<Opcode>(plain[0] & 0x0f);
      const size_t header = WriteWsHeader(out, opcode, size);
      out[0] = static_cast<char>(out[0] | kCompressedBit);
      std::memcpy(out + header, scratch_.data(), size);
    });
  }
  if (scratch_.size() > kKeptScratch) std::vector<char>().swap(scratch_);
  return frame;
}

}  // namespace edge
