#include "edge/hooks/hook_answer.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <limits>

#include "edge/auth/presence_info.h"
#include "edge/auth/room_pattern.h"
#include "edge/base/json_scanner.h"
#include "edge/base/name_rules.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"
#include "edge/wire/utf8.h"

namespace edge {
namespace {

using namespace gatehouse::v1;

constexpr absl::StatusCode kBad = absl::StatusCode::kInternal;

bool IsText(std::string_view text) {
  Utf8Checker checker;
  return checker.Feed(text) && checker.complete();
}

absl::Status CheckSize(std::string_view field, std::string_view value, size_t limit) {
  if (value.size() > limit) {
    return Error(kBad, "'{}' is {} bytes, limit {}", field, value.size(), limit);
  }
  if (!IsText(value)) return Error(kBad, "'{}' is not UTF-8", field);
  return absl::OkStatus();
}

// Empty is valid: there is none.
absl::Status CheckJson(std::string_view field, std::string_view value, size_t limit) {
  RETURN_IF_ERROR(CheckSize(field, value, limit));
  if (!value.empty() && !IsValidJson(value)) return Error(kBad, "'{}' is not JSON", field);
  return absl::OkStatus();
}

absl::Status CheckInfo(std::string_view field, std::string_view value, size_t limit) {
  RETURN_IF_ERROR(CheckJson(field, value, std::numeric_limits<size_t>::max()));
  absl::Status status = CheckPresenceInfo(CompactJson(value), limit);
  if (status.ok()) return status;
  return Error(kBad, "'{}' {}", field, ToStd(status.message()));
}

absl::Status CheckName(std::string_view field, const absl::Status& status) {
  if (status.ok()) return status;
  return Error(kBad, "'{}': {}", field, ToStd(status.message()));
}

absl::Status CheckPatterns(std::string_view field,
                           const google::protobuf::RepeatedPtrField<std::string>& patterns) {
  return CheckName(field, RoomPatterns::Parse({patterns.begin(), patterns.end()}).status());
}

absl::Status CheckGrants(const HookGrants& grants) {
  RETURN_IF_ERROR(CheckPatterns("grants.join", grants.join()));
  return CheckPatterns("grants.publish", grants.publish());
}

absl::Status CheckState(std::string_view state) {
  return CheckSize("state", state, kMaxHookState);
}

absl::Status CheckRefusal(const HookRefusal& refusal) {
  RETURN_IF_ERROR(CheckSize("refuse.code", refusal.code(), kMaxHookCode));
  RETURN_IF_ERROR(CheckSize("refuse.reason", refusal.reason(), kMaxHookReason));
  const bool known = std::ranges::all_of(refusal.code(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!known) return Error(kBad, "'refuse.code' has other characters than a-z 0-9 _");
  return absl::OkStatus();
}

absl::Status CheckPayload(std::string_view field, const HookPayload& payload, size_t limit) {
  switch (payload.kind_case()) {
    case HookPayload::kJson:
      if (payload.json().empty()) return Error(kBad, "'{}.json' is empty", field);
      return CheckJson(field, payload.json(), limit);
    case HookPayload::kText:
      return CheckSize(field, payload.text(), limit);
    case HookPayload::kBinary:
      if (payload.binary().size() <= limit) return absl::OkStatus();
      return Error(kBad, "'{}' is {} bytes, limit {}", field, payload.binary().size(), limit);
    case HookPayload::KIND_NOT_SET:
      break;
  }
  return Error(kBad, "'{}' has none of json, text and binary", field);
}

absl::Status Missing(std::string_view wanted) {
  return Error(kBad, "the answer has none of {}", wanted);
}

absl::Status Check(const OnConnectResponse& answer, const HookAnswerLimits& limits) {
  if (answer.has_refuse()) return CheckRefusal(answer.refuse());
  if (!answer.has_allow()) return Missing("allow, refuse");
  const HookAdmission& allow = answer.allow();
  if (!allow.user().empty()) {
    RETURN_IF_ERROR(CheckSize("allow.user", allow.user(), kMaxNameBytes));
    RETURN_IF_ERROR(CheckName("allow.user", CheckUserId(allow.user())));
  }
  RETURN_IF_ERROR(CheckInfo("allow.info", allow.info(), limits.max_info));
  RETURN_IF_ERROR(CheckGrants(allow.grants()));
  for (const std::string& room : allow.rooms()) {
    RETURN_IF_ERROR(CheckName("allow.rooms", CheckRoomName(room)));
  }
  return CheckState(allow.state());
}

absl::Status Check(const OnRefreshResponse& answer, const HookAnswerLimits& limits) {
  if (answer.has_refuse()) return CheckRefusal(answer.refuse());
  if (!answer.has_renew()) return Missing("renew, refuse");
  RETURN_IF_ERROR(CheckInfo("renew.info", answer.renew().info(), limits.max_info));
  RETURN_IF_ERROR(CheckGrants(answer.renew().grants()));
  return CheckState(answer.renew().state());
}

absl::Status Check(const OnJoinResponse& answer, const HookAnswerLimits&) {
  if (answer.has_refuse()) {
    RETURN_IF_ERROR(CheckRefusal(answer.refuse()));
  } else if (!answer.has_allow()) {
    return Missing("allow, refuse");
  }
  return CheckState(answer.state());
}

absl::Status Check(const OnMessageResponse& answer, const HookAnswerLimits& limits) {
  switch (answer.verdict_case()) {
    case OnMessageResponse::kAccept:
    case OnMessageResponse::kDrop:
      break;
    case OnMessageResponse::kReplace:
      RETURN_IF_ERROR(CheckPayload("replace", answer.replace(), limits.max_message));
      break;
    case OnMessageResponse::kRefuse:
      RETURN_IF_ERROR(CheckRefusal(answer.refuse()));
      break;
    case OnMessageResponse::VERDICT_NOT_SET:
      return Missing("accept, replace, drop, refuse");
  }
  const auto most = static_cast<size_t>(std::max(answer.answers_size(), answer.publish_size()));
  if (most > kMaxHookMessages) {
    return Error(kBad, "{} answers or publications, limit {}", most, kMaxHookMessages);
  }
  for (const HookPayload& each : answer.answers()) {
    RETURN_IF_ERROR(CheckPayload("answers", each, limits.max_message));
  }
  for (const HookPublication& each : answer.publish()) {
    RETURN_IF_ERROR(CheckName("publish.room", CheckRoomName(each.room())));
    RETURN_IF_ERROR(CheckSize("publish.user", each.user(), kMaxNameBytes));
    RETURN_IF_ERROR(CheckPayload("publish.payload", each.payload(), limits.max_message));
  }
  return CheckState(answer.state());
}

absl::Status Check(const OnRpcResponse& answer, const HookAnswerLimits& limits) {
  if (answer.has_refuse()) {
    RETURN_IF_ERROR(CheckRefusal(answer.refuse()));
  } else {
    if (answer.json().empty()) return Missing("json, refuse");
    RETURN_IF_ERROR(CheckJson("json", answer.json(), limits.max_message));
  }
  return CheckState(answer.state());
}

absl::Status Check(const OnEventsResponse&, const HookAnswerLimits&) {
  return absl::OkStatus();
}

}  // namespace

std::string WriteHookQuestion(const HookRequest& request) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  // Fails for messages of unknown types only, of which there are none.
  (void)google::protobuf::util::MessageToJsonString(MessageOf(request), &json, options);
  return json;
}

absl::StatusOr<HookResponse> ReadHookAnswer(HookMethod method, std::string_view json) {
  if (!IsText(json)) return absl::InternalError("the answer is not UTF-8");
  // Also bounds the nesting before protobuf's parser sees it, and refuses what is not an object.
  JsonObjectReader reader(json);
  while (reader.Next()) continue;
  if (!reader.ok()) return Error(kBad, "the answer is no JSON object: {}", reader.error());
  HookResponse response = EmptyResponse(method);
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(json.data(), json.size()), &MessageOf(response), options);
  // Its message would repeat values.
  if (!status.ok()) return Error(kBad, "the answer's fields are not {}'s", HookMethodName(method));
  return response;
}

absl::Status CheckHookAnswer(const HookResponse& response, const HookAnswerLimits& limits) {
  return std::visit([&](const auto& answer) { return Check(answer, limits); }, response);
}

}  // namespace edge
