#pragma once

#include "edge/hooks/hook_call.h"
#include "gatehouse/v1/hooks.pb.h"

namespace edge {

// Puts a question into the message that asks it.
void SetQuestion(const HookRequest& request, gatehouse::v1::AttachQuestion& question);

// Takes the answer out of its message. False: it has none of the method's.
bool TakeAnswerOf(HookMethod method, gatehouse::v1::AttachAnswer& answer, HookResponse& response);

}  // namespace edge
