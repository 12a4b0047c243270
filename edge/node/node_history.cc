// NodeApi: what rooms keep.
#include <charconv>

#include "edge/node/gather.h"
#include "edge/node/node.h"
#include "edge/node/page_token.h"
#include "edge/protocol/publication_reader.h"
#include "edge/wire/ws_frame.h"

namespace edge {
namespace {

HistoryPublication PublicationOf(uint64_t offset, const RoomHistory::Entry& entry) {
  HistoryPublication publication{.offset = offset, .unix_millis = entry.unix_millis};
  Message& message = publication.message;
  const std::string_view payload = WsPayload(entry.frame->bytes());
  if (entry.extras != nullptr && entry.extras->binary) {
    message.payload = {Payload::Kind::kBinary, std::string(payload)};
    message.user = entry.extras->user;
    message.tags = entry.extras->tags;
    return publication;
  }
  // What a frame of ours says can be read again.
  ReadPublication read = ReadPlainPublication(payload).value_or(ReadPublication());
  message.payload = {Payload::Kind::kJson, std::move(read.content)};
  message.user = std::move(read.user);
  message.tags = std::move(read.tags);
  return publication;
}

// A page goes on behind the last publication of the one before.
absl::Status ReadToken(HistoryQuery& query) {
  if (query.page.token.empty()) return absl::OkStatus();
  absl::StatusOr<std::vector<std::string>> parts = ReadPageToken(query.page.token, 1);
  if (!parts.ok()) return parts.status();
  query.since = ParseRoomPosition((*parts)[0]);
  if (query.since) return absl::OkStatus();
  return absl::InvalidArgumentError("page_token is not the next_page_token of a page before");
}

}  // namespace

void Node::GetHistory(HistoryQuery query, Done<HistoryPage> done) {
  if (absl::Status status = ReadToken(query); !status.ok()) return std::move(done)(status);
  auto gather = std::make_shared<Gather<HistoryPage>>(std::move(done));
  const ShardIndex home = pool_.HomeOf(query.room.view());
  PostGather(pool_.at(home), std::move(gather), [query](Hub& hub, auto& share) {
    kOnShard.AssertHeld();
    const HistoryRange range{.since = query.since,
                             .reverse = query.reverse,
                             .most = query.page.size,
                             .most_bytes = kMaxPageBytes};
    HistoryPage page;
    const HistorySlice slice = hub.home().ReadHistory(
        query.room.view(), range, [&](uint64_t offset, const RoomHistory::Entry& entry) {
          page.publications.push_back(PublicationOf(offset, entry));
          return true;
        });
    if (!slice.status.ok()) return share->Fail(slice.status);
    page.position = slice.position;
    page.first_offset = slice.first_offset;
    if (slice.more) {
      page.next_token = MakePageToken(
          {FormatRoomPosition({slice.position.epoch, page.publications.back().offset})});
    }
    share->Update([&](HistoryPage& result) { result = std::move(page); });
  });
}

void Node::RemoveHistory(RoomName room, Done<RemoveHistoryResult> done) {
  auto gather = std::make_shared<Gather<RemoveHistoryResult>>(std::move(done));
  const ShardIndex home = pool_.HomeOf(room.view());
  PostGather(pool_.at(home), std::move(gather), [room](Hub& hub, auto& share) {
    kOnShard.AssertHeld();
    const bool existed = hub.home().RemoveHistory(room.view());
    share->Update([&](RemoveHistoryResult& result) { result.existed = existed; });
  });
}

}  // namespace edge
