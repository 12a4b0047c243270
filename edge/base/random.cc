#include "edge/base/random.h"

#include <openssl/rand.h>

#include "edge/base/check.h"

namespace edge {

uint64_t SecureRandom64() {
  uint64_t value = 0;
  const int ok = RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof value);
  GATEHOUSE_CHECK(ok == 1, "the system's random generator failed");
  return value;
}

}  // namespace edge
