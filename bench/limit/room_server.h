#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bench/net/event_loop.h"

namespace bench {

class Connection;
class UringSender;

// The members of one room, and what the turn has brought for them.
struct Room {
  std::vector<Connection*> members;
  std::vector<std::shared_ptr<const std::string>> gathered;
};

// What bounds every WebSocket server on this kernel: rooms, and the least work that brings a frame
// to all their members. No limits, no authentication, no heartbeat.
class RoomServer final : public Endpoint {
 public:
  // `coalesce`: a member gets what one turn brought in one writev(). Else: one send() for each
  // frame. With `uring` the writes of a turn go in batches of io_uring; null: one by one.
  RoomServer(EventLoop& loop, int listen_fd, bool coalesce, UringSender* uring);
  ~RoomServer() override;

  // Sends the payload to the room's members; with `coalesce` at the end of the turn. Returns how
  // many.
  size_t Publish(Room& room, std::string_view payload);
  size_t Publish(std::string_view room, std::string_view payload);

  // The turn's last act: sends what was gathered, frees connections that have gone.
  void EndOfTurn();

  Room& Join(std::string_view name, Connection& connection);
  // Forgets the connection; it is freed at the end of the turn.
  void OnGone(Connection& connection);

  EventLoop& loop() { return loop_; }
  // For one read.
  std::span<char> buffer() { return buffer_; }

  void OnEvents(uint32_t events) override;

 private:
  void SendGathered(Room& room);

  EventLoop& loop_;
  const int listen_fd_;
  const bool coalesce_;
  UringSender* const uring_;
  std::vector<char> buffer_;
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::unordered_map<std::string, std::unique_ptr<Room>> rooms_;
  std::vector<Room*> gathering_;
  std::vector<std::unique_ptr<Connection>> gone_;
};

}  // namespace bench
