// NodeApi: Broadcast and the direct sends.
#include "edge/node/gather.h"
#include "edge/node/node.h"

namespace edge {
namespace {

ContentKind KindOf(Payload::Kind kind) {
  switch (kind) {
    case Payload::Kind::kJson:
      return ContentKind::kJson;
    case Payload::Kind::kText:
      return ContentKind::kText;
    case Payload::Kind::kBinary:
      return ContentKind::kBinary;
  }
  return ContentKind::kJson;
}

MessageBody BodyOf(Message message) {
  return {.user = std::move(message.user),
          .kind = KindOf(message.payload.kind),
          .content = std::move(message.payload.bytes),
          .tags = std::move(message.tags)};
}

// One broadcast as its home shards work on it: immutable.
struct BroadcastWork {
  std::vector<RoomName> rooms;
  MessageBody body;
  std::shared_ptr<const PublishRules> rules;
};

BroadcastResult ResultOf(DeliveryJob& job) {
  BroadcastResult result(job.size());
  for (size_t i = 0; i < job.size(); ++i) {
    const DeliveryJob::Part& part = job.part(i);
    result[i] = {
        part.status,
        part.position.offset,
        part.position.epoch,
        {part.matched.load(std::memory_order_relaxed), part.queued.load(std::memory_order_relaxed),
         part.dropped.load(std::memory_order_relaxed)},
        part.suppressed};
  }
  return result;
}

void PublishPart(Hub& hub, const BroadcastWork& work, const std::shared_ptr<DeliveryJob>& job,
                 size_t index) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) {
  const RoomName& room = work.rooms[index];
  DeliveryJob::Part& part = job->part(index);
  if (work.body.kind == ContentKind::kBinary && !hub.context().policies->For(room.view()).binary) {
    part.status =
        absl::FailedPreconditionError("the room's namespace does not allow binary messages");
    return;
  }
  const PublishOutcome outcome = hub.home().Publish(room, work.body, work.rules, job, index);
  part.status = outcome.status;
  part.position = outcome.position;
  part.suppressed = outcome.suppressed;
}

FramePtr EncodeDirect(const MessageBody& body, int64_t unix_millis) {
  Publication publication{.user = body.user, .kind = body.kind, .content = body.content};
  publication.tags = &body.tags;
  publication.unix_millis = unix_millis;
  return PlainProtocol().EncodePublication(publication);
}

void PushCounted(Hub& hub, Session& session, MessageFrames& frames, DeliveryCounts& counts)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard) {
  ++counts.matched;
  if (hub.Push(session, frames)) {
    ++counts.queued;
  } else {
    ++counts.dropped;
  }
}

void Add(const DeliveryCounts& from, DeliveryCounts& to) {
  to.matched += from.matched;
  to.queued += from.queued;
  to.dropped += from.dropped;
}

}  // namespace

void Node::Broadcast(BroadcastCommand command, Done<BroadcastResult> done) {
  auto work = std::make_shared<BroadcastWork>();
  work->rooms = std::move(command.rooms);
  work->body = BodyOf(std::move(command.message));
  work->rules = std::move(command.rules);
  const auto job = std::make_shared<DeliveryJob>(
      work->rooms.size(), [done = std::move(done)](DeliveryJob& finished) mutable {
        std::move(done)(ResultOf(finished));
      });
  std::vector<std::vector<uint32_t>> by_home(pool_.size());
  for (uint32_t i = 0; i < work->rooms.size(); ++i) {
    by_home[pool_.HomeOf(work->rooms[i].view())].push_back(i);
  }
  for (size_t home = 0; home < by_home.size(); ++home) {
    if (by_home[home].empty()) continue;
    const std::vector<uint32_t> parts = by_home[home];
    job->AddRef();
    auto publish = [work, job, parts = std::move(by_home[home])](Hub& hub) {
      kOnShard.AssertHeld();
      for (const uint32_t part : parts) PublishPart(hub, *work, job, part);
      job->Release();
    };
    const bool posted =
        pool_.at(static_cast<ShardIndex>(home)).PostExternal(std::move(publish), command.sender);
    if (posted) continue;
    for (const uint32_t part : parts) {
      job->part(part).status = absl::ResourceExhaustedError("the room's shard's mailbox is full");
    }
    job->Release();
  }
  job->Release();
}

void Node::SendToUsers(SendToUsersCommand command, Done<SendResult> done) {
  const MessageBody body = BodyOf(std::move(command.message));
  const FramePtr frame = EncodeDirect(body, clock_.UnixMillis());
  const auto users = std::make_shared<const std::vector<UserId>>(std::move(command.users));
  auto gather = std::make_shared<Gather<SendResult>>(std::move(done));
  gather->Update([&](SendResult& result) { result.resize(users->size()); });
  PostGatherAll(pool_, gather, [users, frame](Hub& hub, auto& share) {
    kOnShard.AssertHeld();
    MessageFrames frames(frame, hub.deflater());
    for (size_t i = 0; i < users->size(); ++i) {
      DeliveryCounts counts;
      hub.ForEachOfUser((*users)[i].view(), [&](Session& session) {
        kOnShard.AssertHeld();
        PushCounted(hub, session, frames, counts);
      });
      if (counts.matched == 0) continue;
      share->Update([&](SendResult& result) { Add(counts, result[i]); });
    }
  });
}

void Node::SendToConnections(SendToConnectionsCommand command, Done<SendResult> done) {
  const MessageBody body = BodyOf(std::move(command.message));
  const FramePtr frame = EncodeDirect(body, clock_.UnixMillis());
  const auto targets =
      std::make_shared<const std::vector<ConnectionId>>(std::move(command.connections));
  auto gather = std::make_shared<Gather<SendResult>>(std::move(done));
  gather->Update([&](SendResult& result) { result.resize(targets->size()); });
  PostGatherAll(pool_, gather, [targets, frame](Hub& hub, auto& share) {
    kOnShard.AssertHeld();
    MessageFrames frames(frame, hub.deflater());
    for (size_t i = 0; i < targets->size(); ++i) {
      if ((*targets)[i].shard != hub.shard().index()) continue;
      Session* const session = hub.FindConnection((*targets)[i]);
      if (session == nullptr) continue;
      DeliveryCounts counts;
      PushCounted(hub, *session, frames, counts);
      share->Update([&](SendResult& result) { Add(counts, result[i]); });
    }
  });
}

}  // namespace edge
