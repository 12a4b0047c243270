#include "control/node_handlers.h"

#include <fmt/format.h>

#include <utility>

#include "control/message_parts.h"
#include "control/request_check.h"

namespace control {
namespace v1 = gatehouse::v1;

void GetNodes(const CallContext& call, const v1::GetNodesRequest& /*request*/,
              Reply<v1::GetNodesResponse> reply) {
  RequestCheck check(call.scopes);
  check.NeedAllRooms("and nodes are not bounded by rooms");
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  using Nodes = std::vector<edge::NodeEntry>;
  auto write = [](Nodes nodes, v1::GetNodesResponse& response) {
    for (edge::NodeEntry& from : nodes) {
      v1::NodeInfo& node = *response.add_nodes();
      node.set_name(std::move(from.name));
      node.set_id(fmt::format("{:08x}", from.id));
      node.set_version(std::move(from.version));
      SetTime(from.started_unix_millis, *node.mutable_started());
      node.set_shards(from.shards);
      node.set_connections(from.connections);
      node.set_users(from.users);
      node.set_rooms(from.rooms);
      node.set_draining(from.draining);
      node.set_resident_bytes(from.resident_bytes);
    }
  };
  call.node.GetNodes(reply.Then<Nodes>(write));
}

}  // namespace control
