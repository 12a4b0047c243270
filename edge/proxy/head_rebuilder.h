#pragma once

#include <string>
#include <string_view>

#include "edge/proxy/forwarded.h"
#include "edge/proxy/message_head.h"

namespace edge {

// Whether a field is of one connection only and is not passed on (RFC 9110 section 7.6.1):
// Connection and what it names, and those that old senders do not name. Framing is written anew by
// whoever rebuilds the head, so its fields are among them.
bool IsHopByHop(const HeadField& field, const MessageHead& head);

// What a request becomes on its way to an upstream.
struct RequestRewrite {
  std::string_view host;    // of the Host header
  std::string_view client;  // of X-Real-IP
  bool tunnel = false;      // asks for the upgrade
};
// Appends the head of a request as the upstream gets it: HTTP/1.1, in our words.
void AppendRequestHead(const RequestHead& request, const Peer& peer, const RequestRewrite& rewrite,
                       std::string& out);

// What an answer becomes on its way to a client.
struct ResponseRewrite {
  BodyKind body = BodyKind::kNone;  // how the client gets it
  bool to_head = false;             // of HEAD: the length stays, though there is no body
  bool keep_alive = true;
  bool client_http11 = true;
  bool tunnel = false;
};
void AppendResponseHead(const ResponseHead& response, const ResponseRewrite& rewrite,
                        std::string& out);

// Appends the lines of trailers that may be passed on, with the empty line at their end. False:
// they are no fields.
bool AppendTrailers(std::string_view trailers, std::string& out);

}  // namespace edge
