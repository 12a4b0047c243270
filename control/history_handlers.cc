#include "control/history_handlers.h"

#include <utility>

#include "control/message_parts.h"
#include "control/request_check.h"

namespace control {
namespace v1 = gatehouse::v1;
namespace {

void WritePayload(edge::Payload payload, v1::Payload& out) {
  if (payload.kind == edge::Payload::Kind::kBinary) {
    out.set_binary(std::move(payload.bytes));
  } else {
    out.set_json(std::move(payload.bytes));
  }
}

void WriteHistory(edge::HistoryPage page, v1::GetHistoryResponse& response) {
  for (edge::HistoryPublication& from : page.publications) {
    v1::HistoryPublication& publication = *response.add_publications();
    publication.set_offset(from.offset);
    SetTime(from.unix_millis, *publication.mutable_time());
    WritePayload(std::move(from.message.payload), *publication.mutable_payload());
    publication.set_user(std::move(from.message.user));
    for (auto& [key, value] : from.message.tags) {
      (*publication.mutable_tags())[key] = std::move(value);
    }
  }
  response.set_offset(page.position.offset);
  response.set_epoch(page.position.epoch);
  response.set_first_offset(page.first_offset);
  response.set_next_page_token(std::move(page.next_token));
}

}  // namespace

void GetHistory(const CallContext& call, const v1::GetHistoryRequest& request,
                Reply<v1::GetHistoryResponse> reply) {
  RequestCheck check(call.scopes);
  edge::HistoryQuery query{.room = check.Room("room", request.room()),
                           .reverse = request.newest_first(),
                           .page = check.Page(request.page_size(), request.page_token())};
  if (request.since_offset() != 0 || (request.epoch() != 0 && !query.reverse)) {
    query.since = {request.epoch(), request.since_offset()};
  }
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  call.node.GetHistory(std::move(query), reply.ThenPage<edge::HistoryPage>(WriteHistory));
}

void RemoveHistory(const CallContext& call, const v1::RemoveHistoryRequest& request,
                   Reply<v1::RemoveHistoryResponse> reply) {
  RequestCheck check(call.scopes);
  edge::RoomName room = check.Room("room", request.room());
  if (const absl::Status status = check.status(); !status.ok()) return reply.Fail(status);
  auto write = [](const edge::RemoveHistoryResult& result, v1::RemoveHistoryResponse& response) {
    response.set_existed(result.existed);
  };
  call.node.RemoveHistory(std::move(room), reply.Then<edge::RemoveHistoryResult>(write));
}

}  // namespace control
