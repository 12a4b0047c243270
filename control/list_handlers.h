#pragma once

#include "control/call_context.h"
#include "control/reply.h"
#include "gatehouse/v1/control.pb.h"

// Rooms and connections, listed. A caller limited to prefixes is told of no other room.
namespace control {

void ListRooms(const CallContext& call, const gatehouse::v1::ListRoomsRequest& request,
               Reply<gatehouse::v1::ListRoomsResponse> reply);
void ListUserRooms(const CallContext& call, const gatehouse::v1::ListUserRoomsRequest& request,
                   Reply<gatehouse::v1::ListUserRoomsResponse> reply);
void ListConnections(const CallContext& call, const gatehouse::v1::ListConnectionsRequest& request,
                     Reply<gatehouse::v1::ListConnectionsResponse> reply);
void GetConnection(const CallContext& call, const gatehouse::v1::GetConnectionRequest& request,
                   Reply<gatehouse::v1::GetConnectionResponse> reply);

}  // namespace control
