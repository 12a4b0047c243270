#pragma once

#include "control/call_context.h"
#include "control/reply.h"
#include "gatehouse/v1/control.pb.h"

// Tickets, and tokens that are revoked.
namespace control {

void CreateTicket(const CallContext& call, const gatehouse::v1::CreateTicketRequest& request,
                  Reply<gatehouse::v1::CreateTicketResponse> reply);
void RevokeTokens(const CallContext& call, const gatehouse::v1::RevokeTokensRequest& request,
                  Reply<gatehouse::v1::RevokeTokensResponse> reply);
void ListRevocations(const CallContext& call, const gatehouse::v1::ListRevocationsRequest& request,
                     Reply<gatehouse::v1::ListRevocationsResponse> reply);

}  // namespace control
