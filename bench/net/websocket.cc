#include "bench/net/websocket.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace bench {
namespace {

constexpr uint8_t kFinal = 0x80;
constexpr uint8_t kRsv1 = 0x40;
constexpr uint8_t kMasked = 0x80;
constexpr uint8_t kSizeIn2 = 126;
constexpr uint8_t kSizeIn8 = 127;

void AppendBigEndian(std::string& out, uint64_t number, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(number >> (8 * i));
}

uint64_t BigEndian(std::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

}  // namespace

std::string AcceptKeyOf(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[SHA_DIGEST_LENGTH];
  ::SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  unsigned char encoded[32];
  const int size = ::EVP_EncodeBlock(encoded, digest, sizeof digest);
  return {reinterpret_cast<const char*>(encoded), static_cast<size_t>(size)};
}

void AppendFrame(std::string& out, uint8_t opcode, std::string_view payload, bool masked) {
  const uint8_t mask_bit = masked ? kMasked : 0;
  out += static_cast<char>(kFinal | opcode);
  if (payload.size() < kSizeIn2) {
    out += static_cast<char>(mask_bit | payload.size());
  } else if (payload.size() <= UINT16_MAX) {
    out += static_cast<char>(mask_bit | kSizeIn2);
    AppendBigEndian(out, payload.size(), 2);
  } else {
    out += static_cast<char>(mask_bit | kSizeIn8);
    AppendBigEndian(out, payload.size(), 8);
  }
  if (masked) out.append(4, '\0');
  out += payload;
}

bool ReadFrameHeader(std::string_view bytes, FrameHeader& header) {
  if (bytes.size() < 2) return false;
  const auto first = static_cast<uint8_t>(bytes[0]);
  const auto second = static_cast<uint8_t>(bytes[1]);
  header.opcode = first & 0x0f;
  header.final = (first & kFinal) != 0;
  header.compressed = (first & kRsv1) != 0;
  header.masked = (second & kMasked) != 0;
  const uint8_t length = second & 0x7f;
  const int extra = length == kSizeIn8 ? 8 : length == kSizeIn2 ? 2 : 0;
  header.size = static_cast<uint8_t>(2 + extra + (header.masked ? 4 : 0));
  if (bytes.size() < header.size) return false;
  header.payload = extra == 0 ? length : BigEndian(bytes.substr(2, extra));
  if (header.masked) std::memcpy(header.mask, bytes.data() + header.size - 4, 4);
  return true;
}

void Unmask(const FrameHeader& header, std::span<char> payload) {
  if (!header.masked) return;
  for (size_t i = 0; i < payload.size(); ++i) {
    payload[i] = static_cast<char>(payload[i] ^ header.mask[i % 4]);
  }
}

}  // namespace bench
