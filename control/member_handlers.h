#pragma once

#include "control/call_context.h"
#include "control/reply.h"
#include "gatehouse/v1/control.pb.h"

// Membership that services decide.
namespace control {

void AddMembers(const CallContext& call, const gatehouse::v1::AddMembersRequest& request,
                Reply<gatehouse::v1::AddMembersResponse> reply);
void RemoveMembers(const CallContext& call, const gatehouse::v1::RemoveMembersRequest& request,
                   Reply<gatehouse::v1::RemoveMembersResponse> reply);
void ListMemberships(const CallContext& call, const gatehouse::v1::ListMembershipsRequest& request,
                     Reply<gatehouse::v1::ListMembershipsResponse> reply);

}  // namespace control
