#include "bench/peers.d/beast/chat_server.h"

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "bench/peers.d/beast/session.h"

namespace bench {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Somebody who publishes.
class Caller : public std::enable_shared_from_this<Caller> {
 public:
  Caller(ChatServer::Tcp::socket socket, ChatServer& server)
      : socket_(std::move(socket)), server_(server) {
    socket_.set_option(ChatServer::Tcp::no_delay(true));
  }

  void Read() {
    asio::async_read_until(socket_, asio::dynamic_buffer(lines_), '\n',
                           [self = shared_from_this()](error_code error, size_t) {
                             if (!error) self->OnLines();
                           });
  }

 private:
  void OnLines() {
    std::string answers;
    for (size_t end; (end = lines_.find('\n')) != std::string::npos; lines_.erase(0, end + 1)) {
      const size_t space = lines_.find(' ');
      const size_t members =
          server_.Publish(lines_.substr(0, space), lines_.substr(space + 1, end - space - 1));
      answers += std::to_string(members) + "\n";
    }
    // A few bytes for a caller that waits for them.
    error_code error;
    asio::write(socket_, asio::buffer(answers), error);
    if (!error) Read();
  }

  ChatServer::Tcp::socket socket_;
  ChatServer& server_;
  std::string lines_;
};

ChatServer::Tcp::endpoint AnyPort() {
  return {asio::ip::address_v4::loopback(), 0};
}

}  // namespace

ChatServer::ChatServer(asio::io_context& io, bool deflate)
    : deflate_(deflate), clients_(io, AnyPort()), callers_(io, AnyPort()) {
  constexpr int kBacklog = 4096;
  clients_.listen(kBacklog);
  AcceptClient();
  AcceptCaller();
}

void ChatServer::AcceptClient() {
  clients_.async_accept([this](error_code error, Tcp::socket socket) {
    if (!error) std::make_shared<Session>(std::move(socket), *this)->Run();
    AcceptClient();
  });
}

void ChatServer::AcceptCaller() {
  callers_.async_accept([this](error_code error, Tcp::socket socket) {
    if (!error) std::make_shared<Caller>(std::move(socket), *this)->Read();
    AcceptCaller();
  });
}

void ChatServer::Join(const std::string& room, Session& session) {
  rooms_[room].insert(&session);
}

void ChatServer::Leave(const std::string& room, Session& session) {
  const auto found = rooms_.find(room);
  if (found == rooms_.end()) return;
  found->second.erase(&session);
  if (found->second.empty()) rooms_.erase(found);
}

size_t ChatServer::Publish(const std::string& room, std::string message) {
  const auto found = rooms_.find(room);
  if (found == rooms_.end()) return 0;
  const auto shared = std::make_shared<const std::string>(std::move(message));
  for (Session* const session : found->second) session->Send(shared);
  return found->second.size();
}

}  // namespace bench
