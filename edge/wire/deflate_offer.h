#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace edge {

// What a client and the edge agreed on about permessage-deflate (RFC 7692). Neither side keeps
// its context from one message to the next, so that a message is compressed once for all who get
// it and an idle session costs no memory.
struct DeflateAgreement {
  // The window the client keeps for what it reads is 2^window_bits bytes, 8 to 15. 0: no agreement.
  uint8_t window_bits = 0;
  std::string answer;  // the Sec-WebSocket-Extensions to answer; empty: none
};

// Chooses from the client's Sec-WebSocket-Extensions (several lines joined by ", "): the first
// permessage-deflate whose parameters are all known, valid and given once. Other extensions and
// other offers are declined.
// kInvalidArgument: not of RFC 6455 section 9.1's form, for which the handshake fails.
absl::StatusOr<DeflateAgreement> NegotiateDeflate(std::string_view offers);

}  // namespace edge
