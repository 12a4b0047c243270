// DEPS transport
// What the gate makes of the bytes of a request: the head, then the rules of an upgrade. A head is
// found in its bytes alone, whatever follows; and nobody comes in without a token.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "edge/transport/http_request.h"
#include "edge/transport/upgrade_rules.h"

namespace {

constexpr size_t kLimit = 4096;

edge::GateContext& Context() {
  static edge::GateContext context;
  static const auto keys = edge::KeySet::Load({});
  if (!keys.ok()) std::abort();
  static const edge::TokenVerifier verifier(*keys, {});
  static const edge::RoomPolicies policies{gatehouse::v1::Config()};
  context.verifier = &verifier;
  context.policies = &policies;
  context.token_cookie = "gh";
  return context;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto head = edge::ParseHead(bytes, kLimit);
  if (!head.ok() || !head->has_value()) return 0;
  if ((*head)->size > std::min(size, kLimit)) std::abort();
  const auto again = edge::ParseHead(bytes.substr(0, (*head)->size), kLimit);
  if (!again.ok() || !again->has_value() || (*again)->size != (*head)->size) std::abort();
  const edge::HttpRequest& request = (*head)->request;
  edge::IsWebSocketPath(Context(), request.path);
  if (const auto key = edge::CheckHandshake(request); key.ok() && key->size() != 28) std::abort();
  edge::UpgradePlan plan;
  if (edge::PlanUpgrade(Context(), request, "192.0.2.1:1", 1767225600000, plan).ok()) std::abort();
  return 0;
}
