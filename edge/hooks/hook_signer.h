#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "edge/auth/signature.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {

// Signs HTTP hooks, so that the application knows who asks. Immutable, any thread.
class HookSigner {
 public:
  // Reads the files. kInvalidArgument names the key that is wrong.
  static absl::StatusOr<HookSigner> Load(const gatehouse::v1::HookServiceSettings& settings);

  // The lines, each with its CRLF, or nothing without a key:
  //   Gatehouse-Time: UNIX SECONDS
  //   Gatehouse-Signature: HEX[,HEX]
  // one signature for each key: HMAC-SHA256 over the time, a '.', and the body.
  std::string HeadersFor(int64_t unix_millis, std::string_view body) const;

 private:
  std::vector<HmacKey> keys_;
};

}  // namespace edge
