// DEPS base wire
//
// A key is accepted exactly when OpenSSL decodes it to 16 bytes and encodes those to the same key.
#include <openssl/evp.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "edge/base/check.h"
#include "edge/wire/handshake.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bool by_openssl = false;
  if (size == 24 && data[22] == '=' && data[23] == '=') {
    uint8_t decoded[18];
    uint8_t encoded[32];
    by_openssl = EVP_DecodeBlock(decoded, data, 24) == 18 &&
                 EVP_EncodeBlock(encoded, decoded, 16) == 24 && std::memcmp(encoded, data, 24) == 0;
  }
  const auto accept = edge::AcceptKey({reinterpret_cast<const char*>(data), size});
  GATEHOUSE_CHECK(accept.ok() == by_openssl, "a key is judged wrongly");
  if (accept.ok()) GATEHOUSE_CHECK(accept->size() == 28, "20 bytes are 28 digits in base64");
  return 0;
}
