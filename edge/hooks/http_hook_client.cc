#include "edge/hooks/http_hook_client.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <chrono>
#include <deque>
#include <utility>

#include "edge/base/text.h"
#include "edge/hooks/hook_answer.h"

namespace edge {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using beast::error_code;

// Below what servers keep an idle connection for (uvicorn and Node.js: 5 s), so that none is used
// that is just being closed.
constexpr int64_t kIdleMillis = 4000;
constexpr size_t kMostIdle = 64;
constexpr uint32_t kHeaderLimit = 16 * 1024;

using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

// A connection, plain or with TLS.
struct Connection {
  explicit Connection(asio::io_context& io) : plain(io) {}
  Connection(asio::io_context& io, asio::ssl::context& context)
      : plain(io), tls(std::make_unique<TlsStream>(io, context)) {}

  PlainStream& lowest() { return tls ? tls->next_layer() : plain; }

  PlainStream plain;  // not used with TLS
  std::unique_ptr<TlsStream> tls;
  beast::flat_buffer buffer;
  int64_t idle_since_millis = 0;
};
using ConnectionPtr = std::unique_ptr<Connection>;

// The server has closed it, or sent what nobody asked for.
bool IsStale(Connection& connection) {
  char byte = 0;
  const int fd = connection.lowest().socket().native_handle();
  const ssize_t got = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

// Lets a coroutine go on with an error as a value.
auto Into(error_code& error) {
  return asio::redirect_error(asio::use_awaitable, error);
}

struct Exchanged {
  error_code error;
  bool answered = false;  // a byte of an answer came
  bool keep = false;
  unsigned status = 0;
  std::string body;
};

template <typename Stream>
asio::awaitable<Exchanged> Exchange(Stream& stream, Connection& connection, std::string request,
                                    size_t max_answer) {
  Exchanged result;
  co_await asio::async_write(stream, asio::buffer(request), Into(result.error));
  if (result.error) co_return result;
  http::response_parser<http::string_body> parser;
  parser.body_limit(max_answer);
  parser.header_limit(kHeaderLimit);
  co_await http::async_read(stream, connection.buffer, parser, Into(result.error));
  result.answered = parser.got_some() || connection.buffer.size() > 0;
  if (result.error) co_return result;
  result.status = parser.get().result_int();
  result.keep = parser.keep_alive() && connection.buffer.size() == 0;
  result.body = std::move(parser.get().body());
  co_return result;
}

// The hook's name follows behind a '/'.
HttpHookSettings WithBarePath(HttpHookSettings settings) {
  while (settings.url.path.ends_with('/')) settings.url.path.pop_back();
  return settings;
}

class Client final : public HookClient {
 public:
  Client(asio::io_context& io, const Clock& clock, HttpHookSettings settings,
         std::unique_ptr<asio::ssl::context> tls)
      : io_(io), clock_(clock), settings_(WithBarePath(std::move(settings))), tls_(std::move(tls)) {
    const EndpointUrl& url = settings_.url;
    fixed_headers_ = fmt::format(
        "Host: {}\r\nUser-Agent: gatehouse\r\nContent-Type: application/json\r\n"
        "Accept: application/json\r\n",
        url.Authority());
    if (!settings_.bearer.empty()) {
      fixed_headers_ += fmt::format("Authorization: Bearer {}\r\n", settings_.bearer);
    }
  }

  void Call(std::shared_ptr<const HookCall> call, int64_t deadline_millis, Done done) override {
    asio::co_spawn(io_, Run(std::move(call), deadline_millis, std::move(done)), asio::detached);
  }

 private:
  std::string MakeRequest(const HookCall& call) const {
    const std::string body = WriteHookQuestion(call.request);
    std::string text =
        fmt::format("POST {}/{} HTTP/1.1\r\n{}Content-Length: {}\r\n", settings_.url.path,
                    HookMethodName(call.method()), fixed_headers_, body.size());
    if (!call.traceparent.empty()) text += fmt::format("traceparent: {}\r\n", call.traceparent);
    text += settings_.signer.HeadersFor(clock_.UnixMillis(), body);
    return text.append("\r\n").append(body);
  }

  // A connection that waits, the last used first. Null: there is none.
  ConnectionPtr TakeIdle() {
    const int64_t oldest = clock_.MonotonicMillis() - kIdleMillis;
    while (!idle_.empty() && idle_.front()->idle_since_millis < oldest) idle_.pop_front();
    while (!idle_.empty()) {
      ConnectionPtr connection = std::move(idle_.back());
      idle_.pop_back();
      if (!IsStale(*connection)) return connection;
    }
    return nullptr;
  }
  void Keep(ConnectionPtr connection) {
    connection->lowest().expires_never();
    connection->idle_since_millis = clock_.MonotonicMillis();
    if (idle_.size() == kMostIdle) idle_.pop_front();
    idle_.push_back(std::move(connection));
  }

  asio::awaitable<ConnectionPtr> Connect(int64_t deadline_millis, std::string& problem) {
    ConnectionPtr connection =
        tls_ ? std::make_unique<Connection>(io_, *tls_) : std::make_unique<Connection>(io_);
    error_code error;
    tcp::resolver resolver(io_);
    const auto found = co_await resolver.async_resolve(
        settings_.url.host, std::to_string(settings_.url.port), Into(error));
    const int64_t left = deadline_millis - clock_.MonotonicMillis();
    if (error || left <= 0) {
      problem = error ? "resolve: " + error.message() : "resolve: too slow";
      co_return nullptr;
    }
    // Half of what is left, so that there is time for another endpoint.
    connection->lowest().expires_after(std::chrono::milliseconds(left / 2 + 1));
    co_await connection->lowest().async_connect(found, Into(error));
    if (error) {
      problem = "connect: " + error.message();
      co_return nullptr;
    }
    error_code ignored;
    connection->lowest().socket().set_option(tcp::no_delay(true), ignored);
    if (connection->tls) {
      connection->tls->set_verify_callback(asio::ssl::host_name_verification(settings_.url.host));
      SSL_set_tlsext_host_name(connection->tls->native_handle(), settings_.url.host.c_str());
      co_await connection->tls->async_handshake(asio::ssl::stream_base::client, Into(error));
      if (error) {
        problem = "TLS: " + error.message();
        co_return nullptr;
      }
    }
    co_return connection;
  }

  Result ResultOf(const HookCall& call, const Exchanged& exchanged) const {
    Result result;
    if (exchanged.error) {
      result.outcome = exchanged.answered ? HookOutcome::kFailed : HookOutcome::kUnreached;
      result.detail = exchanged.error.message();
      return result;
    }
    if (exchanged.status != 200) {
      result.detail = fmt::format("HTTP status {}", exchanged.status);
      return result;
    }
    absl::StatusOr<HookResponse> response = ReadHookAnswer(call.method(), exchanged.body);
    if (!response.ok()) {
      result.detail = std::string(response.status().message());
      return result;
    }
    result.outcome = HookOutcome::kAnswered;
    result.response = *std::move(response);
    return result;
  }

  asio::awaitable<void> Run(std::shared_ptr<const HookCall> call, int64_t deadline_millis,
                            Done done) {
    const std::string request = MakeRequest(*call);
    ConnectionPtr connection = TakeIdle();
    Exchanged exchanged;
    // A kept connection may be closed while the question is on its way; then it is asked again on a
    // new one, if that changes nothing.
    for (bool again = true; again;) {
      const bool kept = connection != nullptr;
      std::string problem;
      if (!kept) {
        connection = co_await Connect(deadline_millis, problem);
      }
      if (connection == nullptr) {
        std::move(done)({.outcome = HookOutcome::kUnreached, .detail = std::move(problem)});
        co_return;
      }
      const int64_t left = std::max<int64_t>(deadline_millis - clock_.MonotonicMillis(), 1);
      connection->lowest().expires_after(std::chrono::milliseconds(left));
      if (connection->tls) {
        exchanged = co_await Exchange(*connection->tls, *connection, request, settings_.max_answer);
      } else {
        exchanged =
            co_await Exchange(connection->plain, *connection, request, settings_.max_answer);
      }
      again = kept && exchanged.error && !exchanged.answered && MayAskAgain(call->method()) &&
              clock_.MonotonicMillis() < deadline_millis;
      if (exchanged.error) connection.reset();
    }
    if (exchanged.keep && connection != nullptr) Keep(std::move(connection));
    std::move(done)(ResultOf(*call, exchanged));
  }

  asio::io_context& io_;
  const Clock& clock_;
  const HttpHookSettings settings_;
  const std::unique_ptr<asio::ssl::context> tls_;
  std::string fixed_headers_;
  std::deque<ConnectionPtr> idle_;  // in the order of use
};

absl::StatusOr<std::unique_ptr<asio::ssl::context>> MakeTls(const HttpHookSettings& settings) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  error_code error;
  std::string wrong;
  const auto use = [&](const std::string& file, auto apply) {
    if (!wrong.empty() || file.empty()) return;
    apply(file);
    if (error) wrong = fmt::format("{}: {}", file, error.message());
  };
  context->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, error);
  context->set_verify_mode(asio::ssl::verify_peer, error);
  if (settings.ca_file.empty()) context->set_default_verify_paths(error);
  use(settings.ca_file, [&](const std::string& file) { context->load_verify_file(file, error); });
  use(settings.certificate_file,
      [&](const std::string& file) { context->use_certificate_chain_file(file, error); });
  use(settings.key_file, [&](const std::string& file) {
    context->use_private_key_file(file, asio::ssl::context::pem, error);
  });
  if (!wrong.empty()) return absl::InvalidArgumentError(ToAbsl(wrong));
  return context;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HookClient>> HttpHookClient::Make(asio::io_context& io,
                                                                 const Clock& clock,
                                                                 HttpHookSettings settings) {
  const bool secure = settings.url.scheme == "https";
  if (settings.url.port == 0) settings.url.port = secure ? 443 : 80;
  std::unique_ptr<asio::ssl::context> tls;
  if (secure) {
    absl::StatusOr<std::unique_ptr<asio::ssl::context>> made = MakeTls(settings);
    if (!made.ok()) return made.status();
    tls = *std::move(made);
  }
  return std::make_unique<Client>(io, clock, std::move(settings), std::move(tls));
}

}  // namespace edge
