#include "edge/wire/unmask.h"

#include <cstring>

namespace edge {

void Unmask(char* data, size_t size, const uint8_t key[4], size_t phase) {
  uint8_t turned[8];
  for (size_t i = 0; i < sizeof turned; ++i) turned[i] = key[(phase + i) & 3];
  uint64_t wide;
  std::memcpy(&wide, turned, sizeof wide);
  // Eight bytes a step through memcpy: no alignment is asked for, and compilers make vectors of it.
  size_t i = 0;
  for (; i + sizeof wide <= size; i += sizeof wide) {
    uint64_t chunk;
    std::memcpy(&chunk, data + i, sizeof chunk);
    chunk ^= wide;
    std::memcpy(data + i, &chunk, sizeof chunk);
  }
  for (; i < size; ++i) data[i] = static_cast<char>(data[i] ^ turned[i & 7]);
}

}  // namespace edge
