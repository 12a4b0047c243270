#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "gatehouse/v1/close_code.pb.h"

// Close codes are declared once, in proto/gatehouse/v1/close_code.proto.
namespace edge {

using CloseCode = gatehouse::v1::CloseCode;

// The reason that goes with a code where the closer gives none; empty for a code not in the table.
std::string_view DefaultReason(CloseCode code);
// Whether a client should come back: the table, and for other codes the rule: 3500-3999 and
// 4500-4999 stay away, others come back.
bool ShouldReconnect(uint16_t code);
// What a service may close with: 1000 and 3000 to 4999.
bool IsSendableByService(uint32_t code);
// RFC 6455 section 7.4: what may stand in a Close frame on the wire.
bool IsValidOnWire(uint16_t code);
// The one table from a status to the code that a session is closed with for it.
CloseCode CloseCodeOf(const absl::Status& status);

}  // namespace edge
