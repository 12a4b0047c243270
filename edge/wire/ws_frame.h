#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "edge/wire/frame.h"

// RFC 6455 section 5.2: whole frames as a server sends them (unmasked), and as a client does.
namespace edge {

enum class Opcode : uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

inline constexpr size_t kMaxControlPayload = 125;
// RSV1 of a header's first byte: the message is compressed (RFC 7692 section 6).
inline constexpr uint8_t kCompressedBit = 0x40;

// Bytes of the unmasked header of a frame with this payload: 2, 4 or 10.
size_t WsHeaderSize(size_t payload);
// Writes the header of an unmasked frame; returns its size.
size_t WriteWsHeader(char* out, Opcode opcode, size_t payload, bool fin = true);

// The payload of one whole unmasked frame.
std::string_view WsPayload(std::string_view frame);

// One whole message in one frame. One allocation.
FramePtr MakeWsFrame(Opcode opcode, std::string_view payload);
// `reason` is cut at 123 bytes, at a border of its UTF-8.
FramePtr MakeCloseFrame(uint16_t code, std::string_view reason);

// A masked frame, as clients send it: for tests and tools.
std::string MakeMaskedFrame(Opcode opcode, std::string_view payload, uint32_t mask,
                            bool fin = true);

}  // namespace edge
