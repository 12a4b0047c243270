#include "bench/limit/room_server.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>

#include "bench/limit/connection.h"
#include "bench/limit/uring_sender.h"
#include "bench/net/fail.h"
#include "bench/net/socket.h"
#include "bench/net/websocket.h"

namespace bench {
namespace {

constexpr size_t kBufferSize = 256 * 1024;
// One writev() takes at most this many (IOV_MAX).
constexpr size_t kMostGathered = 1024;
constexpr int kAcceptsPerTurn = 64;

}  // namespace

RoomServer::RoomServer(EventLoop& loop, int listen_fd, bool coalesce, UringSender* uring)
    : loop_(loop), listen_fd_(listen_fd), coalesce_(coalesce), uring_(uring), buffer_(kBufferSize) {
  loop_.Add(listen_fd_, *this, EPOLLIN);
}

RoomServer::~RoomServer() = default;

void RoomServer::OnEvents(uint32_t) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    const int fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && (errno == EAGAIN || errno == ECONNABORTED)) return;
    Check(fd, "accept4");
    SetNoDelay(fd);
    auto connection = std::make_unique<Connection>(*this, fd);
    Connection* const key = connection.get();
    connections_.emplace(key, std::move(connection));
  }
}

Room& RoomServer::Join(std::string_view name, Connection& connection) {
  std::unique_ptr<Room>& room = rooms_[std::string(name)];
  if (!room) room = std::make_unique<Room>();
  room->members.push_back(&connection);
  return *room;
}

void RoomServer::OnGone(Connection& connection) {
  if (Room* const room = connection.room()) {
    auto& members = room->members;
    const auto at = std::ranges::find(members, &connection);
    *at = members.back();
    members.pop_back();
  }
  auto node = connections_.extract(&connection);
  gone_.push_back(std::move(node.mapped()));
}

size_t RoomServer::Publish(std::string_view room, std::string_view payload) {
  const auto found = rooms_.find(std::string(room));
  return found == rooms_.end() ? 0 : Publish(*found->second, payload);
}

size_t RoomServer::Publish(Room& room, std::string_view payload) {
  auto frame = std::make_shared<std::string>();
  AppendFrame(*frame, kText, payload, false);
  if (coalesce_) {
    if (room.gathered.empty()) gathering_.push_back(&room);
    room.gathered.push_back(std::move(frame));
    if (room.gathered.size() == kMostGathered) SendGathered(room);
  } else {
    for (Connection* const member : room.members) member->Send(*frame);
  }
  return room.members.size();
}

void RoomServer::SendGathered(Room& room) {
  std::vector<iovec> pieces;
  for (const auto& frame : room.gathered) {
    pieces.push_back({const_cast<char*>(frame->data()), frame->size()});
  }
  if (uring_ != nullptr) {
    uring_->Send(room.members, pieces);
  } else {
    for (Connection* const member : room.members) member->Send(pieces);
  }
  room.gathered.clear();
}

void RoomServer::EndOfTurn() {
  for (Room* const room : gathering_) {
    if (!room->gathered.empty()) SendGathered(*room);
  }
  gathering_.clear();
  gone_.clear();
}

}  // namespace bench
