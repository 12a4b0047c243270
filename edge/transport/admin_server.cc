#include "edge/transport/admin_server.h"

#include <chrono>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "edge/base/log.h"
#include "edge/base/text.h"

namespace edge {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr int kMaxConnections = 64;
constexpr std::chrono::seconds kRequestTimeout(5);
constexpr std::chrono::seconds kAcceptPause(1);
constexpr std::uint32_t kHeaderLimit = 8192;

using Response = http::response<http::string_body>;

Response MakeResponse(const http::request<http::empty_body>& request,
                      const AdminHandlers& handlers) {
  Response response(http::status::ok, request.version());
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  response.keep_alive(request.keep_alive());
  const auto target = request.target();
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    response.result(http::status::method_not_allowed);
  } else if (target == "/livez") {
    response.body() = "ok\n";
  } else if (target == "/readyz") {
    const std::string reason = handlers.not_ready();
    if (!reason.empty()) response.result(http::status::service_unavailable);
    response.body() = (reason.empty() ? "ready" : reason) + "\n";
  } else if (target == "/metrics") {
    response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
    response.body() = handlers.metrics();
  } else {
    response.result(http::status::not_found);
    response.body() = "known: /livez /readyz /metrics\n";
  }
  response.prepare_payload();
  if (request.method() == http::verb::head) response.body().clear();
  return response;
}

class Server final : public AdminServer {
 public:
  Server(asio::io_context& io, AdminHandlers handlers)
      : state_(std::make_shared<State>(io, std::move(handlers))) {}
  ~Server() override {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
  }

  absl::Status Listen(const std::string& address) {
    const size_t colon = address.rfind(':');
    boost::system::error_code error;
    const auto host = asio::ip::make_address(address.substr(0, colon), error);
    if (colon == std::string::npos || error) {
      return Error(absl::StatusCode::kInvalidArgument, "admin.listen: '{}' is not IP:PORT",
                   address);
    }
    const auto port =
        static_cast<unsigned short>(std::strtoul(address.c_str() + colon + 1, nullptr, 10));
    const tcp::endpoint endpoint(host, port);
    tcp::acceptor& acceptor = state_->acceptor;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(kMaxConnections, error);
    if (error) {
      return Error(absl::StatusCode::kUnavailable,
                   "admin.listen {}: {}; end the other program or choose another port", address,
                   error.message());
    }
    const tcp::endpoint bound = acceptor.local_endpoint(error);
    address_ = fmt::format("{}:{}", bound.address().to_string(), bound.port());
    asio::co_spawn(acceptor.get_executor(), AcceptLoop(state_), asio::detached);
    return absl::OkStatus();
  }

  std::string address() const override { return address_; }

 private:
  // Outlives the server while a connection is being answered.
  struct State {
    State(asio::io_context& io, AdminHandlers h) : acceptor(io), handlers(std::move(h)) {}
    tcp::acceptor acceptor;
    AdminHandlers handlers;
    int connections = 0;
  };

  static asio::awaitable<void> AcceptLoop(std::shared_ptr<State> state) {
    asio::steady_timer pause(state->acceptor.get_executor());
    while (state->acceptor.is_open()) {
      boost::system::error_code error;
      auto token = asio::redirect_error(asio::use_awaitable, error);
      tcp::socket socket = co_await state->acceptor.async_accept(token);
      if (error && state->acceptor.is_open()) {
        // Out of descriptors: the next try would fail at once, and the one after it.
        pause.expires_after(kAcceptPause);
        co_await pause.async_wait(token);
      }
      if (error || state->connections >= kMaxConnections) continue;
      ++state->connections;
      asio::co_spawn(state->acceptor.get_executor(), Serve(state, std::move(socket)),
                     asio::detached);
    }
  }

  static asio::awaitable<void> Serve(std::shared_ptr<State> state, tcp::socket socket) {
    boost::beast::tcp_stream stream(std::move(socket));
    boost::beast::flat_buffer buffer;
    bool go_on = true;
    while (go_on) {
      stream.expires_after(kRequestTimeout);
      http::request_parser<http::empty_body> parser;
      parser.header_limit(kHeaderLimit);
      boost::system::error_code error;
      auto token = asio::redirect_error(asio::use_awaitable, error);
      co_await http::async_read(stream, buffer, parser, token);
      if (error) break;
      Response response = MakeResponse(parser.get(), state->handlers);
      go_on = response.keep_alive();
      co_await http::async_write(stream, response, token);
      if (error) break;
    }
    --state->connections;
  }

  std::shared_ptr<State> state_;
  std::string address_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(asio::io_context& io,
                                                                const std::string& address,
                                                                AdminHandlers handlers) {
  auto server = std::make_unique<Server>(io, std::move(handlers));
  if (absl::Status status = server->Listen(address); !status.ok()) return status;
  return std::unique_ptr<AdminServer>(std::move(server));
}

}  // namespace edge
