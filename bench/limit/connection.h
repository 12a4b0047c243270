#pragma once

#include <sys/uio.h>

#include <span>
#include <string>
#include <string_view>

#include "bench/net/event_loop.h"
#include "bench/net/websocket.h"

namespace bench {

class RoomServer;
struct Room;

// One client: the handshake, then a member of the room that its path ends with. What it sends goes
// to the room.
class Connection final : public Endpoint {
 public:
  Connection(RoomServer& server, int fd);
  ~Connection() override;

  Room* room() { return room_; }

  void Send(std::string_view frame);
  // At most IOV_MAX pieces.
  void Send(std::span<const iovec> pieces);
  // Of these, `sent` bytes were taken by a send that somebody else made: the rest is kept.
  void OnSent(std::span<const iovec> pieces, size_t sent);
  // Earlier bytes wait: nothing may be sent before them.
  bool waits() const { return !pending_.empty(); }
  int fd() const { return fd_; }

  void OnEvents(uint32_t events) override;

 private:
  void ReadRequest();
  void Answer(std::string_view request);
  void ReadFrames();
  void OnFrame(const FrameHeader& header, std::span<char> payload);
  void SendPending();
  // Keeps what the socket did not take.
  void Keep(std::string_view bytes);
  void End();

  RoomServer& server_;
  const int fd_;
  Room* room_ = nullptr;
  bool ended_ = false;
  FrameReader reader_;
  std::string pending_;  // the beginning of the request, then what waits to be sent
};

}  // namespace bench
