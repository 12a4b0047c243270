// DEPS hooks
// What an application answers, as JSON. The first byte chooses the hook. An answer that is taken
// keeps every limit, and is the same when it is written and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "edge/base/json_scanner.h"
#include "edge/hooks/hook_answer.h"

namespace edge {
namespace {

constexpr HookAnswerLimits kLimits{.max_message = 200, .max_info = 50};

void Check(bool holds) {
  if (!holds) std::abort();
}

void CheckTaken(const gatehouse::v1::OnConnectResponse& answer) {
  Check(answer.has_allow() || answer.has_refuse());
  Check(answer.allow().state().size() <= kMaxHookState && answer.allow().user().size() <= 255);
  Check(answer.allow().info().empty() || IsValidJson(answer.allow().info()));
}
void CheckTaken(const gatehouse::v1::OnRefreshResponse& answer) {
  Check(answer.has_renew() || answer.has_refuse());
}
void CheckTaken(const gatehouse::v1::OnJoinResponse& answer) {
  Check(answer.has_allow() || answer.has_refuse());
  Check(answer.refuse().reason().size() <= kMaxHookReason);
}
void CheckTaken(const gatehouse::v1::OnMessageResponse& answer) {
  Check(answer.verdict_case() != gatehouse::v1::OnMessageResponse::VERDICT_NOT_SET);
  Check(answer.answers_size() <= 16 && answer.publish_size() <= 16);
  if (answer.has_replace() && answer.replace().has_json()) {
    Check(IsValidJson(answer.replace().json()) && answer.replace().json().size() <= 200);
  }
}
void CheckTaken(const gatehouse::v1::OnRpcResponse& answer) {
  Check(answer.has_refuse() || IsValidJson(answer.json()));
}
void CheckTaken(const gatehouse::v1::OnEventsResponse&) {}

}  // namespace
}  // namespace edge

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace edge;
  if (size == 0) return 0;
  const auto method = static_cast<HookMethod>(data[0] % kHookMethods);
  const std::string_view json(reinterpret_cast<const char*>(data + 1), size - 1);
  absl::StatusOr<HookResponse> response = ReadHookAnswer(method, json);
  if (!response.ok()) {
    Check(response.status().code() == absl::StatusCode::kInternal);
    return 0;
  }
  Check(response->index() == static_cast<size_t>(method));
  if (!CheckHookAnswer(*response, kLimits).ok()) return 0;
  std::visit([](const auto& answer) { CheckTaken(answer); }, *response);
  HookResponse again = EmptyResponse(method);
  Check(MessageOf(again).ParseFromString(MessageOf(*response).SerializeAsString()));
  Check(CheckHookAnswer(again, kLimits).ok());
  return 0;
}
