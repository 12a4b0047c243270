// What a client asks of a room's history.
#include <algorithm>
#include <utility>
#include <vector>

#include "edge/base/text.h"
#include "edge/hub/client_commands.h"
#include "edge/hub/hub.h"
#include "edge/wire/ws_frame.h"

namespace edge {
namespace {

constexpr size_t kPageEntries = 100;
// No message to a client is over 64 KiB, but for one publication of that size with its envelope.
constexpr size_t kPageBytes = size_t{62} * 1024;

struct HistoryAnswer {
  std::string room;
  std::string id;
  HistorySlice slice;
  std::vector<FramePtr> publications;
};

HistoryAnswer ReadAtHome(Hub& home, const std::string& room, const HistoryRange& range)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) {
  HistoryAnswer answer{.room = room};
  answer.slice =
      home.home().ReadHistory(room, range, [&](uint64_t, const RoomHistory::Entry& entry) {
        // A binary message has no form in a JSON text: clients get them live and on recovery.
        if (entry.extras != nullptr && entry.extras->binary) return false;
        answer.publications.push_back(entry.frame);
        return true;
      });
  return answer;
}

}  // namespace

void ClientCommands::History(Session& session, const ClientCommand& command) {
  if (!MayReadRoom(session, command.room, hub_.context().policies->For(command.room).history_by)) {
    return Fail(session, command.id,
                absl::PermissionDeniedError("may not read the room's history"));
  }
  const size_t most = command.limit == 0 ? kPageEntries : size_t{command.limit};
  const HistoryRange range{.since = command.since,
                           .reverse = command.reverse,
                           .most = std::min(most, kPageEntries),
                           .most_bytes = kPageBytes,
                           .reader = HistoryReader{session.user(), hub_.IdOf(session)}};
  const SessionHandle handle = session.handle();
  const bool sent = hub_.member().SendRequest(
      hub_.shard().HomeOf(command.room),
      [handle, range, room = command.room, id = std::string(command.id)](Hub& at_home) {
        kOnShard.AssertHeld();
        HistoryAnswer answer = ReadAtHome(at_home, room, range);
        answer.id = id;
        const ShardIndex home_index = at_home.shard().index();
        auto tell = [handle, home_index, answer = std::move(answer)](Hub& hub) {
          kOnShard.AssertHeld();
          hub.member().OnReplyFrom(home_index);
          Session* const asker = hub.Find(handle);
          if (asker == nullptr) return;
          if (!answer.slice.status.ok()) {
            return hub.commands().Fail(*asker, answer.id, answer.slice.status);
          }
          size_t bytes = 0;
          for (const FramePtr& frame : answer.publications) bytes += frame->size();
          hub.commands().Charge(*asker, bytes);
          hub.Reply(*asker, {.kind = ClientReply::Kind::kHistory,
                             .id = answer.id,
                             .room = answer.room,
                             .position = answer.slice.position,
                             .publications = &answer.publications,
                             .more = answer.slice.more});
        };
        if (handle.shard == home_index) return tell(at_home);
        at_home.shard().PostReply(handle.shard, std::move(tell));
      });
  if (!sent) {
    Fail(session, command.id, absl::UnavailableError("the room's shard is overloaded"));
  }
}

}  // namespace edge
