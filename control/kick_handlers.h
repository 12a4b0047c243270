#pragma once

#include "control/call_context.h"
#include "control/reply.h"
#include "gatehouse/v1/control.pb.h"

// Kicks and bans.
namespace control {

void Kick(const CallContext& call, const gatehouse::v1::KickRequest& request,
          Reply<gatehouse::v1::KickResponse> reply);
void Ban(const CallContext& call, const gatehouse::v1::BanRequest& request,
         Reply<gatehouse::v1::BanResponse> reply);
void Unban(const CallContext& call, const gatehouse::v1::UnbanRequest& request,
           Reply<gatehouse::v1::UnbanResponse> reply);
void ListBans(const CallContext& call, const gatehouse::v1::ListBansRequest& request,
              Reply<gatehouse::v1::ListBansResponse> reply);

}  // namespace control
