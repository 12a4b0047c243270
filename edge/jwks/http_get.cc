#include "edge/jwks/http_get.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
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
#include <utility>

#include "edge/base/text.h"

namespace edge {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using beast::error_code;
using Body = absl::StatusOr<std::string>;

constexpr uint32_t kHeaderLimit = 16 * 1024;
constexpr unsigned kOk = 200;

auto Into(error_code& error) {
  return asio::redirect_error(asio::use_awaitable, error);
}

absl::Status Failed(std::string_view doing, const error_code& error) {
  return Error(absl::StatusCode::kUnavailable, "{}: {}", doing, error.message());
}

template <typename Stream>
asio::awaitable<Body> Exchange(Stream& stream, const std::string& request, size_t max_body) {
  error_code error;
  co_await asio::async_write(stream, asio::buffer(request), Into(error));
  if (error) co_return Failed("request", error);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(max_body);
  parser.header_limit(kHeaderLimit);
  co_await http::async_read(stream, buffer, parser, Into(error));
  if (error == http::error::body_limit) {
    co_return Error(absl::StatusCode::kUnavailable, "the answer is over {} bytes", max_body);
  }
  if (error) co_return Failed("answer", error);
  if (parser.get().result_int() != kOk) {
    co_return Error(absl::StatusCode::kUnavailable, "HTTP status {}", parser.get().result_int());
  }
  co_return std::move(parser.get().body());
}

}  // namespace

absl::StatusOr<HttpGet> HttpGet::Make(EndpointUrl url, const std::string& ca_file) {
  HttpGet get;
  if (url.scheme == "https") {
    get.tls_ = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    error_code error;
    get.tls_->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, error);
    get.tls_->set_verify_mode(asio::ssl::verify_peer, error);
    if (ca_file.empty()) {
      get.tls_->set_default_verify_paths(error);
    } else {
      get.tls_->load_verify_file(ca_file, error);
    }
    if (error) {
      return Error(absl::StatusCode::kInvalidArgument, "{}: {}",
                   ca_file.empty() ? "the system's certificates" : ca_file, error.message());
    }
  }
  // RFC 9110 section 7.2: without the port that the scheme implies, which some servers do not
  // expect.
  std::string host = url.Authority();
  const std::string_view usual = url.scheme == "https" ? ":443" : ":80";
  if (host.ends_with(usual)) host.resize(host.size() - usual.size());
  get.url_ = std::move(url);
  get.request_ = fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: gatehouse\r\nAccept: application/jwk-set+json, "
      "application/json\r\nConnection: close\r\n\r\n",
      get.url_.path.empty() ? "/" : get.url_.path, host);
  return get;
}

asio::awaitable<Body> HttpGet::Run(asio::io_context& io, size_t max_body, int64_t timeout_millis) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_millis);
  error_code error;
  tcp::resolver resolver(io);
  const auto found =
      co_await resolver.async_resolve(url_.host, std::to_string(url_.port), Into(error));
  if (error) co_return Failed("resolve", error);
  beast::tcp_stream plain(io);
  plain.expires_at(end);
  co_await plain.async_connect(found, Into(error));
  if (error) co_return Failed("connect", error);
  if (tls_ == nullptr) {
    Body body = co_await Exchange(plain, request_, max_body);
    co_return body;
  }
  beast::ssl_stream<beast::tcp_stream> secure(std::move(plain), *tls_);
  secure.set_verify_callback(asio::ssl::host_name_verification(url_.host));
  SSL_set_tlsext_host_name(secure.native_handle(), url_.host.c_str());
  co_await secure.async_handshake(asio::ssl::stream_base::client, Into(error));
  if (error) co_return Failed("TLS", error);
  Body body = co_await Exchange(secure, request_, max_body);
  co_return body;
}

}  // namespace edge
