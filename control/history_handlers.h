#pragma once

#include "control/call_context.h"
#include "control/reply.h"
#include "gatehouse/v1/control.pb.h"

// What rooms keep.
namespace control {

void GetHistory(const CallContext& call, const gatehouse::v1::GetHistoryRequest& request,
                Reply<gatehouse::v1::GetHistoryResponse> reply);
void RemoveHistory(const CallContext& call, const gatehouse::v1::RemoveHistoryRequest& request,
                   Reply<gatehouse::v1::RemoveHistoryResponse> reply);

}  // namespace control
