#pragma once

#include "control/call_context.h"
#include "control/reply.h"
#include "control/request_check.h"
#include "gatehouse/v1/control.pb.h"

// Broadcast and the direct sends.
namespace control {

// Each takes the payload out of its request.
void Broadcast(const CallContext& call, gatehouse::v1::BroadcastRequest& request,
               Reply<gatehouse::v1::BroadcastResponse> reply);
void SendToUsers(const CallContext& call, gatehouse::v1::SendToUsersRequest& request,
                 Reply<gatehouse::v1::SendToUsersResponse> reply);
void SendToConnections(const CallContext& call, gatehouse::v1::SendToConnectionsRequest& request,
                       Reply<gatehouse::v1::SendToConnectionsResponse> reply);

// The parts of Broadcast that BroadcastStream shares. The command is good when check.status() is.
edge::BroadcastCommand ReadBroadcast(gatehouse::v1::BroadcastRequest& request,
                                     const RequestLimits& limits, RequestCheck& check);
using Deliveries = google::protobuf::RepeatedPtrField<gatehouse::v1::RoomDelivery>;
// One for each room, in their order.
void SetRooms(const std::vector<edge::RoomName>& rooms, Deliveries& results);
// Fills in what became of the rooms. When every room failed, returns the first room's error.
absl::Status WriteDeliveries(const edge::BroadcastResult& result, Deliveries& results);

}  // namespace control
