#pragma once

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <memory>
#include <string>

namespace bench {

class ChatServer;

// A member as Beast's own chat example has it: a websocket::stream, a queue of shared messages, one
// async_write() at a time.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(boost::asio::ip::tcp::socket socket, ChatServer& server);
  ~Session();

  void Run();
  void Send(std::shared_ptr<const std::string> message);

 private:
  void OnRequest(boost::beast::error_code error);
  void OnAccept(boost::beast::error_code error);
  void Read();
  void OnRead(boost::beast::error_code error);
  void Write();

  ChatServer& server_;
  boost::beast::websocket::stream<boost::beast::tcp_stream> stream_;
  boost::beast::flat_buffer buffer_;
  boost::beast::http::request<boost::beast::http::string_body> request_;
  std::string room_;
  std::deque<std::shared_ptr<const std::string>> queue_;
  bool joined_ = false;
};

}  // namespace bench
