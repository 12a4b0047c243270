#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "edge/hooks/hook_call.h"

namespace edge {

// What an answer may have; the rest is hooks.proto's.
struct HookAnswerLimits {
  size_t max_message = 65536;  // client.max_message_size
  size_t max_info = 1024;      // client.max_presence_info_size
};
inline constexpr size_t kMaxHookState = 4096;
inline constexpr size_t kMaxHookMessages = 16;  // answers, publications of one answer
inline constexpr size_t kMaxHookReason = 120;   // fits a Close frame
inline constexpr size_t kMaxHookCode = 64;

// The question as JSON, with the names of hooks.proto.
std::string WriteHookQuestion(const HookRequest& request);

// An answer that came as JSON. kInternal: it is no JSON object of the method's answer. What it has
// beyond that is ignored. Its rules are not checked yet.
absl::StatusOr<HookResponse> ReadHookAnswer(HookMethod method, std::string_view json);

// Whether the answer keeps the rules of hooks.proto: a result is there, names, rooms, patterns and
// JSON are valid, nothing is over its limit. kInternal names the field and the limit, never a
// value.
absl::Status CheckHookAnswer(const HookResponse& response, const HookAnswerLimits& limits);

}  // namespace edge
