#pragma once

#include <cstddef>
#include <cstdint>

namespace edge {

// Unmasks `size` bytes in place (RFC 6455 section 5.3). `key` is the four bytes as they stood on
// the wire; `phase` is how many bytes of the payload went before, modulo 4.
void Unmask(char* data, size_t size, const uint8_t key[4], size_t phase);

}  // namespace edge
