#pragma once

#include "control/request_check.h"
#include "edge/node/node_api.h"
#include "gatehouse/v1/control.pb.h"

// The messages of WatchEvents, whose stream is EventWatch.
namespace control {

edge::WatchEventsCommand ReadEventWatch(const gatehouse::v1::WatchEventsRequest& request,
                                        RequestCheck& check);
// `chunk` is not kNothing.
void WriteEvents(edge::EventChunk chunk, gatehouse::v1::WatchEventsResponse& response);

}  // namespace control
