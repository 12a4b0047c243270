#include "control/publish_handlers.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "absl/hash/hash.h"
#include "control/payload.h"
#include "control/status_details.h"
#include "edge/base/json_scanner.h"
#include "edge/base/name_rules.h"

namespace control {
namespace v1 = gatehouse::v1;
namespace {

constexpr size_t kMaxTags = 16;

void CheckPayload(const PayloadField& payload, std::string_view path, size_t limit,
                  RequestCheck& check) {
  if (payload.bytes == nullptr) {
    return check.Refuse("payload", "is missing: exactly one of json, text and binary");
  }
  const std::string field = std::string(path) + std::string(payload.field);
  if (payload.bytes->size() > limit) {
    return check.Refuse(field, fmt::format("is {} bytes, limit {}", payload.bytes->size(), limit));
  }
  if (payload.kind == edge::Payload::Kind::kJson && !edge::IsValidJson(*payload.bytes)) {
    check.Refuse(field,
                 fmt::format("is not valid JSON (nested {} deep at most)", edge::kMaxJsonDepth));
  }
}

std::vector<std::pair<std::string, std::string>> ReadTags(const Tags& tags, RequestCheck& check) {
  std::vector<std::pair<std::string, std::string>> read;
  if (tags.size() > kMaxTags) {
    check.Refuse("tags", fmt::format("{} tags, limit {}", tags.size(), kMaxTags));
    return read;
  }
  for (const auto& [key, value] : tags) {
    if (key.size() > edge::kMaxNameBytes) {
      check.Refuse("tags",
                   fmt::format("a key is {} bytes, limit {}", key.size(), edge::kMaxNameBytes));
    }
    if (value.size() > edge::kMaxNameBytes) {
      check.Refuse("tags",
                   fmt::format("a value is {} bytes, limit {}", value.size(), edge::kMaxNameBytes));
    }
    read.emplace_back(key, value);
  }
  // A protobuf map has no order; the message's bytes shall not depend on a hash.
  std::ranges::sort(read);
  return read;
}

template <typename Response, typename Names>
auto WriteTargets(const Names& names) {
  return [names = std::vector<std::string>(names.begin(), names.end())](
             const edge::SendResult& result, Response& response) {
    for (size_t i = 0; i < names.size() && i < result.size(); ++i) {
      v1::TargetDelivery& delivery = *response.add_results();
      delivery.set_target(names[i]);
      delivery.set_matched(result[i].matched);
      delivery.set_queued(result[i].queued);
      delivery.set_dropped(result[i].dropped);
    }
  };
}

void CheckName(std::string_view field, const std::string& name, RequestCheck& check) {
  if (name.size() <= edge::kMaxNameBytes) return;
  check.Refuse(field, fmt::format("is {} bytes, limit {}", name.size(), edge::kMaxNameBytes));
}

// Null: the request asks nothing beside its message, as most do.
std::shared_ptr<const edge::PublishRules> ReadRules(const v1::BroadcastRequest& request,
                                                    RequestCheck& check) {
  CheckName("idempotency_key", request.idempotency_key(), check);
  CheckName("version_epoch", request.version_epoch(), check);
  if (request.version() == 0 && !request.version_epoch().empty()) {
    check.Refuse("version_epoch", "is given without a version");
  }
  edge::PublishRules rules{
      .exclusions = {.users = check.Users("exclude_users", request.exclude_users()),
                     .connections =
                         check.Connections("exclude_connections", request.exclude_connections())},
      .idempotency_key = request.idempotency_key(),
      .version = request.version(),
      .version_epoch = request.version_epoch()};
  if (request.has_keep_for()) {
    rules.keep_millis = check.Millis("keep_for", request.keep_for());
    if (request.keep_for().seconds() == 0 && request.keep_for().nanos() == 0) {
      check.Refuse("keep_for", "is 0; leave it out to keep it as long as the others");
    }
  }
  if (rules.exclusions.empty() && !rules.has_key() && rules.keep_millis == 0) return nullptr;
  return std::make_shared<const edge::PublishRules>(std::move(rules));
}

constexpr std::string_view kAnyRoom = "and this reaches sessions whatever rooms they are in";

}  // namespace

edge::Message ReadMessage(const PayloadField& payload, const std::string& user, const Tags& tags,
                          std::string_view path, size_t limit, RequestCheck& check) {
  CheckPayload(payload, path, limit, check);
  check.OptionalUser("user", user);
  edge::Message message{.user = user, .tags = ReadTags(tags, check)};
  if (payload.bytes != nullptr && payload.bytes->size() <= limit) {
    message.payload = {payload.kind, std::move(*payload.bytes)};
  }
  return message;
}

edge::BroadcastCommand ReadBroadcast(v1::BroadcastRequest& request, const RequestLimits& limits,
                                     RequestCheck& check) {
  edge::BroadcastCommand command;
  command.rooms = check.Rooms("rooms", request.rooms(), limits.max_broadcast_rooms);
  command.message = ReadMessage(PayloadOf(request), request.user(), request.tags(), "",
                                limits.max_payload_bytes, check);
  command.rules = ReadRules(request, check);
  return command;
}

void SetRooms(const std::vector<edge::RoomName>& rooms, Deliveries& results) {
  results.Reserve(static_cast<int>(rooms.size()));
  for (const edge::RoomName& room : rooms) results.Add()->set_room(room.str());
}

absl::Status WriteDeliveries(const edge::BroadcastResult& result, Deliveries& results) {
  const auto failed = [](const edge::RoomDelivery& delivery) { return !delivery.status.ok(); };
  if (!result.empty() && std::ranges::all_of(result, failed)) return result.front().status;
  for (int i = 0; i < results.size() && static_cast<size_t>(i) < result.size(); ++i) {
    const edge::RoomDelivery& from = result[static_cast<size_t>(i)];
    v1::RoomDelivery& delivery = results[i];
    if (failed(from)) {
      *delivery.mutable_error() = ToRpcStatus(from.status);
      continue;
    }
    delivery.set_offset(from.offset);
    delivery.set_epoch(from.epoch);
    delivery.set_matched(from.counts.matched);
    delivery.set_queued(from.counts.queued);
    delivery.set_dropped(from.counts.dropped);
    delivery.set_suppressed(from.suppressed);
  }
  return absl::OkStatus();
}

void Broadcast(const CallContext& call, v1::BroadcastRequest& request,
               Reply<v1::BroadcastResponse> reply) {
  RequestCheck check(call.scopes);
  edge::BroadcastCommand command = ReadBroadcast(request, call.limits, check);
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  auto write = [rooms = command.rooms](const edge::BroadcastResult& result,
                                       v1::BroadcastResponse& response) {
    SetRooms(rooms, *response.mutable_results());
    return WriteDeliveries(result, *response.mutable_results());
  };
  // Calls under way together have no order among them; those into one room wait for each other
  // only.
  if (!command.rooms.empty()) command.sender = absl::HashOf(command.rooms.front());
  call.node.Broadcast(std::move(command), reply.Then<edge::BroadcastResult>(std::move(write)));
}

void SendToUsers(const CallContext& call, v1::SendToUsersRequest& request,
                 Reply<v1::SendToUsersResponse> reply) {
  RequestCheck check(call.scopes);
  check.NeedAllRooms(kAnyRoom);
  check.NeedTargets("users", request.users());
  edge::SendToUsersCommand command;
  command.users = check.Users("users", request.users());
  command.message = ReadMessage(PayloadOf(*request.mutable_payload()), request.user(),
                                request.tags(), "payload.", call.limits.max_payload_bytes, check);
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  call.node.SendToUsers(
      std::move(command),
      reply.Then<edge::SendResult>(WriteTargets<v1::SendToUsersResponse>(request.users())));
}

void SendToConnections(const CallContext& call, v1::SendToConnectionsRequest& request,
                       Reply<v1::SendToConnectionsResponse> reply) {
  RequestCheck check(call.scopes);
  check.NeedAllRooms(kAnyRoom);
  check.NeedTargets("connections", request.connections());
  edge::SendToConnectionsCommand command;
  command.connections = check.Connections("connections", request.connections());
  command.message = ReadMessage(PayloadOf(*request.mutable_payload()), request.user(),
                                request.tags(), "payload.", call.limits.max_payload_bytes, check);
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  call.node.SendToConnections(
      std::move(command), reply.Then<edge::SendResult>(
                              WriteTargets<v1::SendToConnectionsResponse>(request.connections())));
}

}  // namespace control
