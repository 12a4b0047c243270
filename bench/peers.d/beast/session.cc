#include "bench/peers.d/beast/session.h"

#include "bench/peers.d/beast/chat_server.h"

namespace bench {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

Session::Session(boost::asio::ip::tcp::socket socket, ChatServer& server)
    : server_(server), stream_(std::move(socket)) {
  stream_.next_layer().socket().set_option(boost::asio::ip::tcp::no_delay(true));
}

Session::~Session() {
  if (joined_) server_.Leave(room_, *this);
}

void Session::Run() {
  beast::http::async_read(
      stream_.next_layer(), buffer_, request_,
      [self = shared_from_this()](beast::error_code error, size_t) { self->OnRequest(error); });
}

void Session::OnRequest(beast::error_code error) {
  if (error || !websocket::is_upgrade(request_)) return;
  const std::string target(request_.target());
  const std::string path = target.substr(0, target.find('?'));
  room_ = path.substr(path.rfind('/') + 1);
  stream_.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
  if (server_.deflate()) {
    websocket::permessage_deflate deflate;
    deflate.server_enable = true;
    stream_.set_option(deflate);
  }
  stream_.async_accept(
      request_, [self = shared_from_this()](beast::error_code failed) { self->OnAccept(failed); });
}

void Session::OnAccept(beast::error_code error) {
  if (error) return;
  stream_.text(true);
  request_ = {};
  server_.Join(room_, *this);
  joined_ = true;
  Read();
}

void Session::Read() {
  stream_.async_read(buffer_, [self = shared_from_this()](beast::error_code error, size_t) {
    self->OnRead(error);
  });
}

void Session::OnRead(beast::error_code error) {
  if (error) return;
  server_.Publish(room_, beast::buffers_to_string(buffer_.data()));
  buffer_.consume(buffer_.size());
  Read();
}

void Session::Send(std::shared_ptr<const std::string> message) {
  queue_.push_back(std::move(message));
  if (queue_.size() == 1) Write();
}

void Session::Write() {
  stream_.async_write(boost::asio::buffer(*queue_.front()),
                      [self = shared_from_this()](beast::error_code error, size_t) {
                        if (error) return;
                        self->queue_.pop_front();
                        if (!self->queue_.empty()) self->Write();
                      });
}

}  // namespace bench
