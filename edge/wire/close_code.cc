#include "edge/wire/close_code.h"

#include <map>

#include "gatehouse/v1/options.pb.h"

namespace edge {
namespace {

using gatehouse::v1::CloseCodeInfo;

const std::map<int, CloseCodeInfo>& Table() {
  static const auto* const table = [] {
    auto* const made = new std::map<int, CloseCodeInfo>;
    const auto* const codes = gatehouse::v1::CloseCode_descriptor();
    for (int i = 0; i < codes->value_count(); ++i) {
      const auto& options = codes->value(i)->options();
      if (options.HasExtension(gatehouse::v1::close)) {
        made->emplace(codes->value(i)->number(), options.GetExtension(gatehouse::v1::close));
      }
    }
    return made;
  }();
  return *table;
}

}  // namespace

std::string_view DefaultReason(CloseCode code) {
  const auto found = Table().find(code);
  return found == Table().end() ? std::string_view() : std::string_view(found->second.reason());
}

bool ShouldReconnect(uint16_t code) {
  const auto found = Table().find(code);
  if (found != Table().end()) return found->second.reconnect();
  return !(code >= 3500 && code <= 3999) && !(code >= 4500 && code <= 4999);
}

bool IsSendableByService(uint32_t code) {
  return code == 1000 || (code >= 3000 && code <= 4999);
}

bool IsValidOnWire(uint16_t code) {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

CloseCode CloseCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return gatehouse::v1::CLOSE_CODE_BAD_REQUEST;
    case absl::StatusCode::kUnauthenticated:
      return gatehouse::v1::CLOSE_CODE_INVALID_TOKEN;
    case absl::StatusCode::kPermissionDenied:
      return gatehouse::v1::CLOSE_CODE_PERMISSION_DENIED;
    case absl::StatusCode::kResourceExhausted:
      return gatehouse::v1::CLOSE_CODE_TOO_MANY_REQUESTS;
    case absl::StatusCode::kUnavailable:
      return gatehouse::v1::CLOSE_CODE_SHUTDOWN;
    default:
      return gatehouse::v1::CLOSE_CODE_SERVER_ERROR;
  }
}

}  // namespace edge
