#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"
#include "gatehouse/v1/hooks.pb.h"

namespace edge {

// The hooks of gatehouse.v1.HooksService, in its order.
enum class HookMethod : uint8_t { kConnect, kRefresh, kJoin, kMessage, kRpc, kEvents };
inline constexpr size_t kHookMethods = 6;

// A question and an answer: one alternative for each method, in the order of HookMethod.
using HookRequest = std::variant<gatehouse::v1::OnConnectRequest, gatehouse::v1::OnRefreshRequest,
                                 gatehouse::v1::OnJoinRequest, gatehouse::v1::OnMessageRequest,
                                 gatehouse::v1::OnRpcRequest, gatehouse::v1::OnEventsRequest>;
using HookResponse =
    std::variant<gatehouse::v1::OnConnectResponse, gatehouse::v1::OnRefreshResponse,
                 gatehouse::v1::OnJoinResponse, gatehouse::v1::OnMessageResponse,
                 gatehouse::v1::OnRpcResponse, gatehouse::v1::OnEventsResponse>;

// One question as it goes to the application.
struct HookCall {
  HookRequest request;
  std::string traceparent;  // W3C Trace Context; empty: none

  HookMethod method() const { return static_cast<HookMethod>(request.index()); }
};

// What came of a question: an answer that keeps the rules of hooks.proto, or why there is none.
// kUnavailable: no endpoint, or too many questions; kDeadlineExceeded; kInternal: a bad answer.
struct HookAnswer {
  absl::Status status;
  HookResponse response;
};

// "OnConnect" and so on.
std::string_view HookMethodName(HookMethod method);
// Whether the question may be asked again when nobody answered: it changes nothing.
bool MayAskAgain(HookMethod method);
// An answer of the method's kind, with nothing in it.
HookResponse EmptyResponse(HookMethod method);

const google::protobuf::Message& MessageOf(const HookRequest& request);
google::protobuf::Message& MessageOf(HookResponse& response);

}  // namespace edge
