#pragma once

#include "control/call_context.h"
#include "control/reply.h"
#include "control/request_check.h"
#include "gatehouse/v1/control.pb.h"

// Broadcast and the direct sends.
namespace control {

void Broadcast(const CallContext& call, const gatehouse::v1::BroadcastRequest& request,
               Reply<gatehouse::v1::BroadcastResponse> reply);
void SendToUsers(const CallContext& call, const gatehouse::v1::SendToUsersRequest& request,
                 Reply<gatehouse::v1::SendToUsersResponse> reply);
void SendToConnections(const CallContext& call,
                       const gatehouse::v1::SendToConnectionsRequest& request,
                       Reply<gatehouse::v1::SendToConnectionsResponse> reply);

// The parts of Broadcast that BroadcastStream shares. The command is good when check.status() is.
edge::BroadcastCommand ReadBroadcast(const gatehouse::v1::BroadcastRequest& request,
                                     const RequestLimits& limits, RequestCheck& check);
// Fills `results` in the rooms' order. When every room failed, nothing, and the first room's error.
absl::Status WriteDeliveries(
    const std::vector<edge::RoomName>& rooms, const edge::BroadcastResult& result,
    google::protobuf::RepeatedPtrField<gatehouse::v1::RoomDelivery>& results);

}  // namespace control
