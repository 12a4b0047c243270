// The answer's way: its head, its body, its end; and what a tunnel's upstream sends.
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "edge/base/text.h"
#include "edge/proxy/exchange.h"
#include "edge/proxy/head_rebuilder.h"
#include "edge/proxy/proxy_connection.h"
#include "edge/proxy/proxy_front.h"

namespace edge {

void Exchange::OnUpstreamReady(uint32_t events) {
  if (done_ || upstream_ == nullptr) return;
  if (upstream_->connecting()) {
    FinishConnect();
  } else if ((events & EPOLLOUT) != 0) {
    FlushRequest();
  }
  const bool readable = (events & PollTarget::kReadable) != 0;
  if (readable && !done_ && connected()) {
    if (client_.output_waits()) {
      paused_ = true;
    } else {
      ReadUpstream();
    }
  }
  WatchUpstream();
}

void Exchange::ReadUpstream() {
  const std::span<char> scratch = pool_.shard().scratch();
  const ssize_t got = upstream_->socket().Receive(scratch);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return OnUpstreamEnd(got < 0);
  // A head has its time as a whole, so that it cannot drip.
  if (head_passed_) since_millis_ = now();
  OnResponseBytes(scratch.first(static_cast<size_t>(got)));
}

void Exchange::OnResponseBytes(std::span<char> bytes) {
  answered_ = true;
  request_out_.Let();
  // A final head may stand behind several interim ones.
  while (!head_passed_ && !done_ && !bytes.empty()) {
    bool complete = false;
    bytes = TakeHead(bytes, complete);
    if (!complete) return;
  }
  if (!done_ && head_passed_) SendBody(bytes);
}

std::span<char> Exchange::TakeHead(std::span<char> bytes, bool& complete) {
  // Most heads come whole in one read, and are parsed where they were read.
  const size_t kept = response_head_.size();
  if (kept > 0) response_head_.append(bytes.data(), bytes.size());
  const std::string_view all =
      kept > 0 ? std::string_view(response_head_) : std::string_view(bytes.data(), bytes.size());
  const size_t size = HeadSize(all);
  const size_t limit = context_.max_response_header_size;
  if (size > limit || (size == 0 && all.size() > limit)) {
    Fail(Failure::kInvalid,
         fmt::format("its headers are over {} bytes (proxy.max_response_header_size)", limit));
    return {};
  }
  if (size == 0 && EndsLineBare(all)) {
    Fail(Failure::kInvalid, "a line that ends with LF alone");
    return {};
  }
  if (size == 0) {
    if (kept == 0) response_head_.assign(bytes.data(), bytes.size());
    return {};
  }
  ResponseHead response;
  const absl::Status parsed = ParseResponseHead(all.substr(0, size), head_only_, response);
  if (!parsed.ok()) {
    Fail(Failure::kInvalid, ToStd(parsed.message()));
    return {};
  }
  complete = OnResponseHead(response);
  response_head_.clear();
  response_head_.shrink_to_fit();
  return complete ? bytes.subspan(size - kept) : std::span<char>();
}

bool Exchange::OnResponseHead(const ResponseHead& response) {
  if (response.status == 101) return OnSwitch(response);
  if (response.status < 200) {
    // RFC 9110 section 15.2: HTTP/1.0 knows no interim answers.
    if (!client_http11_) return true;
    std::string interim;
    AppendResponseHead(response, {}, interim);
    iovec part{interim.data(), interim.size()};
    client_.Send({&part, 1});
    return true;
  }
  const bool unbounded = response.body == BodyKind::kUntilClose ||
                         (response.body == BodyKind::kChunked && !client_http11_);
  answer_body_ =
      unbounded ? (client_http11_ ? BodyKind::kChunked : BodyKind::kUntilClose) : response.body;
  response_body_ = BodyDecoder(response.body, response.length);
  upstream_keep_alive_ = response.keep_alive;
  // What is still to come of the request would be taken for the next one.
  keep_alive_ = keep_alive_ && request_done_ && answer_body_ != BodyKind::kUntilClose &&
                !client_.front().draining();
  AppendResponseHead(response,
                     {.body = answer_body_,
                      .to_head = head_only_ || response.status == 304,
                      .keep_alive = keep_alive_,
                      .client_http11 = client_http11_},
                     answer_);
  head_passed_ = true;
  since_millis_ = now();
  return true;
}

bool Exchange::OnSwitch(const ResponseHead& response) {
  if (!wants_tunnel_) {
    Fail(Failure::kInvalid, "it switches protocols, which was not asked for");
    return false;
  }
  tunnel_ = head_passed_ = request_done_ = true;
  since_millis_ = now();
  metrics_.proxy_tunnels.Add(1);
  answer_body_ = BodyKind::kUntilClose;
  request_body_ = response_body_ = BodyDecoder(BodyKind::kUntilClose, 0);
  AppendResponseHead(response, {.tunnel = true}, answer_);
  return true;
}

void Exchange::SendBody(std::span<char> bytes) {
  const BodyDecoder::Piece piece = response_body_.Feed(bytes);
  if (response_body_.failed()) return OnMalformedBody();
  const std::span<char> payload = piece.payload;
  metrics_.proxy_bytes_down.Add(static_cast<int64_t>(payload.size()));
  const bool chunked = answer_body_ == BodyKind::kChunked;
  std::array<char, 24> size{};
  size_t digits = 0;
  if (chunked && !payload.empty()) {
    digits =
        static_cast<size_t>(fmt::format_to(size.data(), "{:x}\r\n", payload.size()) - size.data());
  }
  std::string end = digits > 0 ? "\r\n" : "";
  if (chunked && response_body_.done()) {
    end += "0\r\n";
    if (!AppendTrailers(response_body_.trailers(), end)) return OnUpstreamEnd(true);
  }
  std::array<iovec, 4> parts = {{{answer_.data(), answer_.size()},
                                 {size.data(), digits},
                                 {payload.data(), payload.size()},
                                 {end.data(), end.size()}}};
  client_.Send(parts);
  std::string().swap(answer_);
  if (response_body_.done()) {
    // Nobody asked for more: what follows would be taken for the answer to the next request.
    if (piece.consumed < bytes.size()) upstream_keep_alive_ = false;
    Finish();
  }
}

void Exchange::OnMalformedBody() {
  if (answer_.empty()) return OnUpstreamEnd(true);
  // Nothing of the answer has gone out yet: the client can be told.
  head_passed_ = false;
  Fail(Failure::kInvalid, "its chunks are malformed");
}

void Exchange::OnUpstreamEnd(bool broken) {
  if (!head_passed_) {
    return Fail(Failure::kClosed, broken ? "it reset the connection before it answered"
                                         : "it closed the connection before it answered");
  }
  if (tunnel_ && !broken) {
    upstream_ended_ = true;
    if (client_ended_) return Finish();
    return client_.EndOutput();
  }
  upstream_keep_alive_ = false;
  if (broken || !response_body_.OnEnd()) {
    pool_.Report(wish_.group, upstream_->endpoint(), false);
    return Abort();
  }
  if (answer_body_ == BodyKind::kChunked) {
    std::string end = "0\r\n\r\n";
    iovec part{end.data(), end.size()};
    client_.Send({&part, 1});
  }
  Finish();
}

void Exchange::Finish() {
  done_ = true;
  if (upstream_ == nullptr) return;
  const bool reusable =
      upstream_keep_alive_ && request_done_ && request_out_.empty() && !request_broken_ && !tunnel_;
  pool_.Report(wish_.group, upstream_->endpoint(), true);
  pool_.Release(std::move(upstream_), reusable);
}

void Exchange::Abort() {
  DropUpstream();
  done_ = true;
  keep_alive_ = false;
  client_.Abort();
}

}  // namespace edge
