#include "edge/wire/ws_frame.h"

#include <cstring>

namespace edge {
namespace {

constexpr size_t kMaxReason = kMaxControlPayload - 2;

std::string_view CutAtUtf8Border(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  // A byte 10xxxxxx continues a character: the cut moves to where that character begins.
  while (limit > 0 && (static_cast<uint8_t>(text[limit]) & 0xc0) == 0x80) --limit;
  return text.substr(0, limit);
}

}  // namespace

size_t WsHeaderSize(size_t payload) {
  return payload < 126 ? 2 : payload < 65536 ? 4 : 10;
}

size_t WriteWsHeader(char* out, Opcode opcode, size_t payload, bool fin) {
  auto* const bytes = reinterpret_cast<uint8_t*>(out);
  bytes[0] = static_cast<uint8_t>((fin ? 0x80 : 0) | static_cast<uint8_t>(opcode));
  if (payload < 126) {
    bytes[1] = static_cast<uint8_t>(payload);
    return 2;
  }
  const int length_bytes = payload < 65536 ? 2 : 8;
  bytes[1] = length_bytes == 2 ? 126 : 127;
  for (int i = 0; i < length_bytes; ++i) {
    bytes[2 + i] = static_cast<uint8_t>(payload >> (8 * (length_bytes - 1 - i)));
  }
  return 2 + static_cast<size_t>(length_bytes);
}

std::string_view WsPayload(std::string_view frame) {
  const auto length = static_cast<uint8_t>(frame[1]);
  return frame.substr(length < 126 ? 2 : length == 126 ? 4 : 10);
}

FramePtr MakeWsFrame(Opcode opcode, std::string_view payload) {
  return Frame::Make(WsHeaderSize(payload.size()) + payload.size(), [&](char* out) {
    const size_t header = WriteWsHeader(out, opcode, payload.size());
    if (!payload.empty()) std::memcpy(out + header, payload.data(), payload.size());
  });
}

FramePtr MakeCloseFrame(uint16_t code, std::string_view reason) {
  const std::string_view cut = CutAtUtf8Border(reason, kMaxReason);
  std::string payload;
  payload += static_cast<char>(code >> 8);
  payload += static_cast<char>(code & 0xff);
  payload += cut;
  return MakeWsFrame(Opcode::kClose, payload);
}

std::string MakeMaskedFrame(Opcode opcode, std::string_view payload, uint32_t mask, bool fin) {
  char header[10];
  const size_t size = WriteWsHeader(header, opcode, payload.size(), fin);
  header[1] = static_cast<char>(header[1] | static_cast<char>(0x80));
  std::string out(header, size);
  char key[4];
  std::memcpy(key, &mask, sizeof key);
  out.append(key, sizeof key);
  for (size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ key[i % 4]);
  return out;
}

}  // namespace edge
