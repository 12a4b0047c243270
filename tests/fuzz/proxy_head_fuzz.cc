// DEPS proxy
//
// A request's head that we take: what we write for the upstream is a head that
// we would take again, and it says the same about the body; nothing of the client's word about
// itself, and no second framing, is in it. The same for answers, and for bodies in any pieces.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "edge/base/check.h"
#include "edge/proxy/head_rebuilder.h"
#include "edge/proxy/route_table.h"

namespace {

size_t Count(const edge::MessageHead& head, std::string_view lower) {
  return static_cast<size_t>(std::ranges::count_if(head.fields, [&](const edge::HeadField& field) {
    return edge::EqualsLower(field.name, lower);
  }));
}

void CheckRequest(std::string_view head) {
  edge::RequestHead request;
  if (edge::ParseRequestHead(head, request)) return;
  std::string out;
  edge::AppendRequestHead(request, {.address = "192.0.2.1"}, {.host = "app", .client = "192.0.2.1"},
                          out);
  // What the proxy adds may be too much for its own limit.
  if (request.fields.size() + 8 > edge::kMaxHeadFields) return;
  edge::RequestHead again;
  GATEHOUSE_CHECK(!edge::ParseRequestHead(out, again), "what was rebuilt is not taken");
  GATEHOUSE_CHECK(edge::HeadSize(out) == out.size(), "the head ends early");
  GATEHOUSE_CHECK(again.method == request.method && again.path == request.path, "another request");
  GATEHOUSE_CHECK(again.body == request.body && again.length == request.length, "another body");
  GATEHOUSE_CHECK(Count(again, "host") == 1, "not one Host");
  GATEHOUSE_CHECK(Count(again, "x-forwarded-for") == 1, "not one X-Forwarded-For");
  GATEHOUSE_CHECK(Count(again, "connection") == 0, "Connection is passed on");
  edge::NormalPath(request.path);
}

void CheckResponse(std::string_view head) {
  edge::ResponseHead response;
  if (!edge::ParseResponseHead(head, false, response).ok()) return;
  std::string out;
  const auto body =
      response.body == edge::BodyKind::kUntilClose ? edge::BodyKind::kChunked : response.body;
  edge::AppendResponseHead(response, {.body = body, .keep_alive = false}, out);
  if (response.fields.size() + 2 > edge::kMaxHeadFields) return;
  edge::ResponseHead again;
  GATEHOUSE_CHECK(edge::ParseResponseHead(out, false, again).ok(), "what was rebuilt is not taken");
  GATEHOUSE_CHECK(again.status == response.status, "another status");
  GATEHOUSE_CHECK(again.body == body && again.length == response.length, "another body");
}

std::string Payload(std::string_view bytes, size_t step, bool& done) {
  std::string copy(bytes);
  std::span<char> left(copy);
  edge::BodyDecoder decoder(edge::BodyKind::kChunked, 0);
  std::string payload;
  while (!left.empty() && !decoder.done() && !decoder.failed()) {
    const auto piece = decoder.Feed(left.first(std::min(step, left.size())));
    payload.append(piece.payload.data(), piece.payload.size());
    left = left.subspan(piece.consumed);
  }
  done = decoder.done();
  return decoder.failed() ? "failed" : payload;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  bool whole = false;
  bool pieces = false;
  GATEHOUSE_CHECK(Payload(bytes, size + 1, whole) == Payload(bytes, 1, pieces) && whole == pieces,
                  "a body depends on how it arrives");
  const size_t head = edge::HeadSize(bytes);
  if (head == 0) return 0;
  CheckRequest(bytes.substr(0, head));
  CheckResponse(bytes.substr(0, head));
  return 0;
}
