#include "edge/hooks/attach_messages.h"

#include <utility>

namespace edge {

using namespace gatehouse::v1;

namespace {

struct Setter {
  AttachQuestion& question;

  void operator()(const OnConnectRequest& each) const { *question.mutable_on_connect() = each; }
  void operator()(const OnRefreshRequest& each) const { *question.mutable_on_refresh() = each; }
  void operator()(const OnJoinRequest& each) const { *question.mutable_on_join() = each; }
  void operator()(const OnMessageRequest& each) const { *question.mutable_on_message() = each; }
  void operator()(const OnRpcRequest& each) const { *question.mutable_on_rpc() = each; }
  void operator()(const OnEventsRequest& each) const { *question.mutable_on_events() = each; }
};

}  // namespace

void SetQuestion(const HookRequest& request, AttachQuestion& question) {
  std::visit(Setter{question}, request);
}

bool TakeAnswerOf(HookMethod method, AttachAnswer& answer, HookResponse& response) {
  using Case = AttachAnswer::ResponseCase;
  const Case has = answer.response_case();
  switch (method) {
    case HookMethod::kConnect:
      response = std::move(*answer.mutable_on_connect());
      return has == Case::kOnConnect;
    case HookMethod::kRefresh:
      response = std::move(*answer.mutable_on_refresh());
      return has == Case::kOnRefresh;
    case HookMethod::kJoin:
      response = std::move(*answer.mutable_on_join());
      return has == Case::kOnJoin;
    case HookMethod::kMessage:
      response = std::move(*answer.mutable_on_message());
      return has == Case::kOnMessage;
    case HookMethod::kRpc:
      response = std::move(*answer.mutable_on_rpc());
      return has == Case::kOnRpc;
    case HookMethod::kEvents:
      response = std::move(*answer.mutable_on_events());
      return has == Case::kOnEvents;
  }
  return false;
}

}  // namespace edge
