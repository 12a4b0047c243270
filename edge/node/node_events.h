#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "edge/base/mutex.h"
#include "edge/events/event_log.h"
#include "edge/node/node_api.h"
#include "edge/shard/shard_pool.h"

namespace edge {

class Hub;

// One watcher's way through the events of a node: a snapshot if need be, then the log.
//
// The log is begun with first, then each shard tells what it has, some slots at a time, and at
// which number of the log; events of a slot that are older than its part of the snapshot are left
// out later, so that what the watcher has put together is exact. The parts wait here until they are
// read: one snapshot at most.
class NodeEventFeed final : public EventFeed, public std::enable_shared_from_this<NodeEventFeed> {
 public:
  // `nonce`: of this life of the node; a token of another is a gap.
  NodeEventFeed(ShardPool& pool, EventLog& log, const Clock& clock, uint32_t nonce,
                WatchEventsCommand command, std::function<void()> wake);
  ~NodeEventFeed() override;

  void Begin();

  // EventFeed
  EventChunk Next(size_t most) override;
  void Stop() override;

 private:
  // What one shard had in some slots, and the number of the last event until then.
  struct Part {
    uint8_t shard = 0;
    uint32_t first_slot = 0;
    uint64_t sequence = 0;
    std::vector<EventConnection> connections;
  };
  static constexpr uint32_t kSlotsOfPart = 2048;

  void BeginSnapshot() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // On the shard: tells the slots from `first_slot` on, then goes on with the next ones.
  static void Collect(const std::shared_ptr<NodeEventFeed>& feed, Hub& hub, uint32_t first_slot,
                      uint64_t round);
  // False: nobody wants the rest.
  bool OnPart(Part part, bool last, uint64_t round);
  void OnLost(uint64_t round);

  EventChunk NextOfSnapshot() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // `caught_up`: there is nothing to read behind the cursor.
  EventChunk NextOfLog(size_t most, bool& caught_up) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Moves the cursor over as many of the batch as one response takes, and leaves those in it that
  // the watcher wants.
  void TakeSome(EventLog::Batch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The snapshot has told it already.
  bool IsCovered(const EdgeEvent& event) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string Token() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool ReadToken(uint64_t& sequence) const;

  ShardPool& pool_;
  EventLog& log_;
  const Clock& clock_;
  const uint32_t nonce_;
  const WatchEventsCommand command_;
  const std::function<void()> wake_;

  Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t cursor_ ABSL_GUARDED_BY(mutex_) = 0;
  bool gap_ ABSL_GUARDED_BY(mutex_) = false;  // to be told
  // Of the snapshot under way; a part of an earlier one is dropped.
  uint64_t round_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t shards_left_ ABSL_GUARDED_BY(mutex_) = 0;
  bool lost_ ABSL_GUARDED_BY(mutex_) = false;  // a shard could not be asked
  std::vector<Part> parts_ ABSL_GUARDED_BY(mutex_);
  // Where the last token was told. Nothing: none since the beginning, or the snapshot.
  std::optional<uint64_t> token_told_ ABSL_GUARDED_BY(mutex_);
  // By shard and part: where it stands in the log. Emptied when the cursor is past all of them.
  absl::flat_hash_map<uint64_t, uint64_t> covered_ ABSL_GUARDED_BY(mutex_);
  uint64_t covered_until_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace edge
