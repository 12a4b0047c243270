#include "edge/hooks/hook_call.h"

#include <array>

namespace edge {
namespace {

constexpr std::array<std::string_view, kHookMethods> kNames = {
    "OnConnect", "OnRefresh", "OnJoin", "OnMessage", "OnRpc", "OnEvents"};

}  // namespace

std::string_view HookMethodName(HookMethod method) {
  return kNames[static_cast<size_t>(method)];
}

bool MayAskAgain(HookMethod method) {
  return method == HookMethod::kConnect || method == HookMethod::kJoin;
}

HookResponse EmptyResponse(HookMethod method) {
  switch (method) {
    case HookMethod::kConnect:
      return gatehouse::v1::OnConnectResponse();
    case HookMethod::kRefresh:
      return gatehouse::v1::OnRefreshResponse();
    case HookMethod::kJoin:
      return gatehouse::v1::OnJoinResponse();
    case HookMethod::kMessage:
      return gatehouse::v1::OnMessageResponse();
    case HookMethod::kRpc:
      return gatehouse::v1::OnRpcResponse();
    case HookMethod::kEvents:
      break;
  }
  return gatehouse::v1::OnEventsResponse();
}

const google::protobuf::Message& MessageOf(const HookRequest& request) {
  return std::visit([](const auto& message) -> const google::protobuf::Message& { return message; },
                    request);
}

google::protobuf::Message& MessageOf(HookResponse& response) {
  return std::visit([](auto& message) -> google::protobuf::Message& { return message; }, response);
}

}  // namespace edge
