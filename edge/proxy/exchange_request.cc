// The request's way: connecting, sending, trying again.
#include <fmt/format.h>
#include <array>

#include "edge/base/text.h"
#include "edge/proxy/exchange.h"
#include "edge/proxy/head_rebuilder.h"
#include "edge/proxy/proxy_connection.h"
#include "edge/proxy/proxy_front.h"

namespace edge {
namespace {

std::string_view HostFor(const UpstreamGroup& group, const RequestHead& request) {
  if (!group.host.empty()) return group.host;
  return request.host.empty() ? std::string_view(group.endpoints[0].name) : request.host;
}

}  // namespace

Exchange::Exchange(ProxyConnection& client, const Route& route, const RequestHead& request)
    : client_(client),
      pool_(client.front().pool()),
      metrics_(client.front().metrics()),
      context_(client.front().context()),
      wish_{.group = route.upstream},
      request_body_(request.body, request.length),
      since_millis_(pool_.shard().now_millis()),
      resendable_(request.IsIdempotent() && request_body_.done()),
      head_only_(request.IsHead()),
      client_http11_(request.http11),
      wants_tunnel_(request.upgrades_to_websocket && route.websocket),
      // Whoever wanted a tunnel and gets none may have sent its first bytes.
      keep_alive_(request.keep_alive && !wants_tunnel_) {
  metrics_.proxy_requests.Add();
  metrics_.proxy_exchanges.Add(1);
  std::string head;
  const std::string from = ClientOf(client.peer(), context_.trusted, request);
  AppendRequestHead(request, client.peer(),
                    {.host = HostFor(group(), request), .client = from, .tunnel = wants_tunnel_},
                    head);
  request_out_.Keep(head);
  // What can be sent once more without its body is held until an answer comes.
  if (resendable_) request_out_.Hold();
  wish_.must_be_open = !resendable_;
  request_done_ = request_body_.done() && !wants_tunnel_;
}

Exchange::~Exchange() {
  metrics_.proxy_exchanges.Add(-1);
  if (tunnel_) metrics_.proxy_tunnels.Add(-1);
  DropUpstream();
}

void Exchange::Start() {
  if (!done_) Connect();
}

void Exchange::Connect() {
  size_t endpoint = 0;
  while (true) {
    auto taken = pool_.Take(wish_, endpoint);
    if (taken.ok()) {
      upstream_ = *std::move(taken);
      break;
    }
    const std::string why(taken.status().message());
    if (!absl::IsAborted(taken.status()) || attempts_ >= group().retries) {
      metrics_.proxy_refused.Add();
      return Refuse({503, "upstream_unavailable", why});
    }
    ++attempts_;
    metrics_.proxy_retries.Add();
    wish_.tried |= uint64_t{1} << endpoint;
  }
  upstream_->SetUser(&client_);
  connect_due_millis_ = now() + group().connect_timeout_millis;
  if (!upstream_->connecting()) FlushRequest();
  if (!done_) WatchUpstream();
}

void Exchange::FinishConnect() {
  const absl::Status advanced = upstream_->Advance();
  if (!advanced.ok()) return Fail(Failure::kConnect, ToStd(advanced.message()));
  if (!upstream_->connecting()) FlushRequest();
}

void Exchange::FlushRequest() {
  const uint64_t before = request_out_.total_sent();
  if (!request_out_.Flush(upstream_->socket())) {
    // An answer may have come before it stopped reading.
    request_broken_ = true;
    if (request_out_.total_sent() == 0) Fail(Failure::kClosed, "it closed the connection");
    return;
  }
  if (request_out_.total_sent() > before) since_millis_ = now();
  if (tunnel_ && client_ended_ && request_out_.empty()) upstream_->socket().ShutdownWrite();
}

bool Exchange::WantsClientBytes() const {
  if (done_ || client_ended_ || request_broken_ || request_body_.done()) return false;
  return connected() && !request_out_.waits(upstream_->socket());
}

size_t Exchange::OnClientBytes(std::span<char> bytes) {
  // What comes before the answer to a request for a tunnel waits for it.
  if (done_ || (wants_tunnel_ && !tunnel_)) return 0;
  const BodyDecoder::Piece piece = request_body_.Feed(bytes);
  since_millis_ = now();
  if (request_body_.failed()) {
    Refuse({400, "bad_request", "the body's chunks are malformed"});
    return piece.consumed;
  }
  const uint64_t limit = context_.max_body_size;
  if (limit > 0 && !tunnel_ && request_body_.total() > limit) {
    Refuse({413, "body_too_large",
            fmt::format("the body is over the limit of {} bytes (proxy.max_body_size)", limit)});
    return piece.consumed;
  }
  metrics_.proxy_bytes_up.Add(static_cast<int64_t>(piece.payload.size()));
  if (!piece.payload.empty()) SendPayload(piece.payload);
  if (request_body_.done() && !request_done_) EndRequest();
  return piece.consumed;
}

void Exchange::SendPayload(std::span<char> payload) {
  std::array<iovec, 3> parts;
  std::string size;
  if (request_body_.kind() == BodyKind::kChunked) {
    size = fmt::format("{:x}\r\n", payload.size());
  }
  char end[] = "\r\n";
  parts[0] = {size.data(), size.size()};
  parts[1] = {payload.data(), payload.size()};
  parts[2] = {end, size.empty() ? size_t{0} : size_t{2}};
  if (!connected()) {
    for (const iovec& part : parts) {
      request_out_.Keep({static_cast<const char*>(part.iov_base), part.iov_len});
    }
  } else if (!request_broken_ && !request_out_.Write(upstream_->socket(), parts)) {
    request_broken_ = true;
  }
  // Nobody is there any more who would answer.
  if (tunnel_ && request_broken_) return Finish();
  if (upstream_ != nullptr) WatchUpstream();
}

void Exchange::EndRequest() {
  request_done_ = true;
  if (request_body_.kind() != BodyKind::kChunked || request_broken_) return;
  std::string end = "0\r\n";
  if (!AppendTrailers(request_body_.trailers(), end)) {
    return Refuse({400, "bad_request", "the body's trailers are malformed"});
  }
  request_out_.Keep(end);
  if (connected()) FlushRequest();
  if (upstream_ != nullptr) WatchUpstream();
}

void Exchange::OnClientEnd() {
  client_ended_ = true;
  if (tunnel_) {
    if (upstream_ended_) return Finish();
    if (request_out_.empty()) upstream_->socket().ShutdownWrite();
  } else if (!request_body_.done()) {
    // It left in the middle of its request: the upstream must not take it for whole.
    Abort();
  }
}

bool Exchange::MayRetry(Failure failure, bool stale) const {
  if (answered_ || client_ended_) return false;
  if (failure == Failure::kInvalid || failure == Failure::kHeaderTimeout) return false;
  const bool unsent = request_out_.total_sent() == 0;
  return (unsent || resendable_) && (stale || attempts_ < group().retries);
}

void Exchange::Fail(Failure failure, std::string_view why) {
  // A connection that waited may be closed at any time: that is no failure of the upstream's.
  const bool stale = failure == Failure::kClosed && upstream_->reused();
  const size_t endpoint = upstream_->endpoint();
  if (!stale) pool_.Report(wish_.group, endpoint, false);
  const bool again = MayRetry(failure, stale);
  DropUpstream();
  if (again) {
    if (!stale) ++attempts_;
    if (!stale) wish_.tried |= uint64_t{1} << endpoint;
    wish_.only_fresh = stale;
    metrics_.proxy_retries.Add();
    request_out_.Rewind();
    request_broken_ = false;
    response_head_.clear();
    return Connect();
  }
  const std::string message = fmt::format("the upstream failed: {}", why);
  switch (failure) {
    case Failure::kConnect:
      return Refuse({503, "upstream_unavailable", message});
    case Failure::kConnectTimeout:
    case Failure::kHeaderTimeout:
      return Refuse({504, "upstream_timeout", message});
    default:
      return Refuse({502, "bad_upstream_answer", message});
  }
}

void Exchange::Refuse(const Refusal& refusal) {
  if (head_passed_) return Abort();
  DropUpstream();
  done_ = true;
  keep_alive_ = false;
  client_.Refuse(refusal);
}

void Exchange::DropUpstream() {
  if (upstream_ != nullptr) pool_.Release(std::move(upstream_), false);
}

void Exchange::WatchUpstream() {
  if (upstream_ == nullptr || done_) return;
  if (upstream_->connecting()) return upstream_->WatchConnecting();
  const bool in = !client_.output_waits() && !upstream_ended_;
  if (in) paused_ = false;
  // Not to be read while the client has no room; asked of the kernel only once it tells of bytes.
  const bool watch_in = in || (!paused_ && !upstream_ended_);
  const bool out = !request_broken_ && request_out_.waits(upstream_->socket());
  upstream_->Watch((watch_in ? uint32_t{EPOLLIN} : 0U) | (out ? uint32_t{EPOLLOUT} : 0U));
}

int64_t Exchange::due_millis() const {
  if (upstream_ != nullptr && upstream_->connecting()) return connect_due_millis_;
  if (tunnel_) return since_millis_ + context_.tunnel_idle_millis;
  const bool sending = !request_done_ && !wants_tunnel_;
  if (!head_passed_ && !sending && request_out_.empty()) {
    return since_millis_ + group().header_timeout_millis;
  }
  return since_millis_ + context_.idle_timeout_millis;
}

void Exchange::OnDue() {
  if (upstream_ != nullptr && upstream_->connecting()) {
    return Fail(Failure::kConnectTimeout,
                fmt::format("no connection within {} ms", group().connect_timeout_millis));
  }
  if (tunnel_) return Finish();
  if (head_passed_) return Abort();
  const bool sending = !request_done_ && !wants_tunnel_;
  if (sending && request_out_.empty()) {
    return Refuse({408, "request_timeout",
                   fmt::format("no more of the body came for {} ms (proxy.idle_timeout)",
                               context_.idle_timeout_millis)});
  }
  if (!request_out_.empty()) {
    return Fail(Failure::kHeaderTimeout, "it takes no more of the request");
  }
  Fail(Failure::kHeaderTimeout,
       fmt::format("no answer within {} ms", group().header_timeout_millis));
}

}  // namespace edge
