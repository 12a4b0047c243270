#pragma once

#include "control/call_context.h"
#include "control/reply.h"
#include "control/request_check.h"
#include "gatehouse/v1/control.pb.h"

// Who is in a room.
namespace control {

void GetPresence(const CallContext& call, const gatehouse::v1::GetPresenceRequest& request,
                 Reply<gatehouse::v1::GetPresenceResponse> reply);
void GetPresenceStats(const CallContext& call,
                      const gatehouse::v1::GetPresenceStatsRequest& request,
                      Reply<gatehouse::v1::GetPresenceStatsResponse> reply);

// The parts of WatchPresence, whose stream is PresenceWatch.
edge::WatchPresenceCommand ReadWatch(const gatehouse::v1::WatchPresenceRequest& request,
                                     RequestCheck& check);
// Writes the event, a snapshot from its connection `next` on; returns where a further message goes
// on (one that is full has kMaxMessageBytes), or the number of connections: that was all.
size_t WritePresenceEvent(const edge::PresenceEvent& event, size_t next,
                          gatehouse::v1::WatchPresenceResponse& response);

}  // namespace control
