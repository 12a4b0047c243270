#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace bench {

class Session;

// Rooms and their members, on one thread.
class ChatServer {
 public:
  using Tcp = boost::asio::ip::tcp;

  // Listens on two ports of the loopback: for clients, and for lines `ROOM PAYLOAD`, each answered
  // by a line with the number of members.
  ChatServer(boost::asio::io_context& io, bool deflate);

  Tcp::endpoint client_endpoint() const { return clients_.local_endpoint(); }
  Tcp::endpoint control_endpoint() const { return callers_.local_endpoint(); }
  bool deflate() const { return deflate_; }

  void Join(const std::string& room, Session& session);
  void Leave(const std::string& room, Session& session);
  // Returns the number of members.
  size_t Publish(const std::string& room, std::string message);

 private:
  void AcceptClient();
  void AcceptCaller();

  const bool deflate_;
  Tcp::acceptor clients_;
  Tcp::acceptor callers_;
  std::unordered_map<std::string, std::unordered_set<Session*>> rooms_;
};

}  // namespace bench
