#include "edge/wire/handshake.h"

#include <openssl/evp.h>

#include <cstdint>

#include "edge/base/text.h"

namespace edge {
namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr size_t kKeySize = 24;  // 16 bytes in base64, with "==" at the end

bool IsBase64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

bool IsKey(std::string_view key) {
  if (key.size() != kKeySize || !key.ends_with("==")) return false;
  for (const char c : key.substr(0, kKeySize - 2)) {
    if (!IsBase64(c)) return false;
  }
  // The last digit carries two bits of the 16th byte; its other four must be zero.
  return std::string_view("AQgw").find(key[kKeySize - 3]) != std::string_view::npos;
}

}  // namespace

absl::StatusOr<std::string> AcceptKey(std::string_view key) {
  if (!IsKey(key)) {
    return absl::InvalidArgumentError("Sec-WebSocket-Key is not the base64 of 16 bytes");
  }
  std::string text(key);
  text += kGuid;
  // Fetched once: OpenSSL looks an algorithm up by name for every digest that names it otherwise.
  static EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (sha1 == nullptr || EVP_Digest(text.data(), text.size(), digest, &size, sha1, nullptr) != 1) {
    return absl::InternalError("SHA-1 is not available");
  }
  char encoded[32];
  const int length =
      EVP_EncodeBlock(reinterpret_cast<uint8_t*>(encoded), digest, static_cast<int>(size));
  return std::string(encoded, static_cast<size_t>(length));
}

}  // namespace edge
