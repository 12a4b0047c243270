#pragma once

#include "control/call_context.h"
#include "control/reply.h"
#include "gatehouse/v1/control.pb.h"

namespace control {

// The nodes of the cluster.
void GetNodes(const CallContext& call, const gatehouse::v1::GetNodesRequest& request,
              Reply<gatehouse::v1::GetNodesResponse> reply);

}  // namespace control
