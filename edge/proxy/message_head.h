#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "edge/proxy/body_decoder.h"
#include "edge/proxy/head_scan.h"

namespace edge {

// Why a request is answered by the proxy itself: an HTTP status, a word for programs, a sentence
// for people.
struct Refusal {
  int status = 400;
  std::string_view code = "bad_request";
  std::string message;
};

// What both kinds of head have. All text is views into the bytes that were parsed.
struct MessageHead {
  std::vector<HeadField> fields;
  std::vector<std::string_view> connection;  // what Connection names, beside close and keep-alive
  bool http11 = true;
  bool keep_alive = true;  // the sender would go on with this connection
  BodyKind body = BodyKind::kNone;
  uint64_t length = 0;  // kLength
};

struct RequestHead : MessageHead {
  std::string_view method;
  std::string_view path;  // with the query, and "/" in front; "*" for OPTIONS *
  std::string_view host;  // of an absolute target, else of the Host header; empty: HTTP/1.0
  // Of OPTIONS: how often it may still be passed on (RFC 9110 section 7.6.2).
  std::optional<uint32_t> max_forwards;
  bool expects_continue = false;
  bool upgrades_to_websocket = false;

  bool IsHead() const { return method == "HEAD"; }
  // RFC 9110 section 9.2.2: sent twice it does what it does once.
  bool IsIdempotent() const;
};

struct ResponseHead : MessageHead {
  int status = 0;
  std::string_view reason;
};

// Parses a request's head, `HeadSize` bytes of it. It has to pass three times: the strict scan
// (head_scan.h), the rules for what may be in it (framing, target, Host: RFC 9112 sections 3 and 6,
// RFC 9110 section 7.2), and Beast's parser, whose reading of the framing must be ours. Pure.
std::optional<Refusal> ParseRequestHead(std::string_view head, RequestHead& request);

// The same for the answer to a request (`to_head`: of method HEAD). kInvalidArgument says what is
// wrong with it.
absl::Status ParseResponseHead(std::string_view head, bool to_head, ResponseHead& response);

}  // namespace edge
