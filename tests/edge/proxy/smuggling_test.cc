// Requests that two receivers could read differently (RFC 9112 sections 2.2, 3, 5, 6, 7; 11.2).
// Each is refused by the check itself; docs/proxy.md lists which Beast would take.
#include <gtest/gtest.h>

#include <string>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "edge/proxy/message_head.h"

namespace edge {
namespace {

// In docs/proxy.md; of the attacks below.
constexpr const char* kTakenByBeast =
    "two equal lengths\n"
    "a list of lengths\n"
    "chunked twice\n"
    "chunked and identity\n"
    "identity\n"
    "an unknown coding\n"
    "a coding in quotes\n"
    "a coding in HTTP/1.0\n"
    "a folded header\n"
    "two hosts\n"
    "no host\n"
    "an empty host\n"
    "a host with a path\n"
    "a host with a user\n"
    "a target without a slash\n"
    "a target with a fragment\n"
    "a body of a handshake\n";

struct Attack {
  const char* name;
  std::string head;
};

std::string Post(const std::string& headers) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

std::vector<Attack> Attacks() {
  return {
      {"length and coding", Post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n")},
      {"coding and length", Post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n")},
      {"two lengths", Post("Content-Length: 4\r\nContent-Length: 5\r\n")},
      {"two equal lengths", Post("Content-Length: 4\r\nContent-Length: 4\r\n")},
      {"a list of lengths", Post("Content-Length: 4, 4\r\n")},
      {"a signed length", Post("Content-Length: +4\r\n")},
      {"a negative length", Post("Content-Length: -4\r\n")},
      {"a hexadecimal length", Post("Content-Length: 0x4\r\n")},
      {"an empty length", Post("Content-Length:\r\n")},
      {"a length with a space in it", Post("Content-Length: 1 0\r\n")},
      {"a length that overflows", Post("Content-Length: 18446744073709551620\r\n")},
      {"two codings", Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
      {"chunked twice", Post("Transfer-Encoding: chunked, chunked\r\n")},
      {"chunked and identity", Post("Transfer-Encoding: chunked, identity\r\n")},
      {"identity", Post("Transfer-Encoding: identity\r\n")},
      {"an unknown coding", Post("Transfer-Encoding: xchunked\r\n")},
      {"a coding in quotes", Post("Transfer-Encoding: \"chunked\"\r\n")},
      {"a coding with a vertical tab", Post("Transfer-Encoding: \vchunked\r\n")},
      {"a coding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"a space before the colon", Post("Transfer-Encoding : chunked\r\n")},
      {"a tab before the colon", Post("Content-Length\t: 4\r\n")},
      {"a folded header", Post("X: a\r\n Transfer-Encoding: chunked\r\n")},
      {"a first line folded", "POST / HTTP/1.1\r\n Host: a\r\n\r\n"},
      {"a bare LF", "POST / HTTP/1.1\r\nHost: a\nContent-Length: 4\r\n\r\n"},
      {"a bare LF behind the first line", "POST / HTTP/1.1\nHost: a\r\n\r\n"},
      {"a bare CR", Post("X: a\rContent-Length: 4\r\n")},
      {"a CR before CR LF", Post("X: a\r\r\n")},
      {"a NUL", Post(std::string("X: a\0b\r\n", 8))},
      {"a header without a name", Post(": a\r\n")},
      {"a header without a colon", Post("Content-Length 4\r\n")},
      {"a name with a space", Post("Content Length: 4\r\n")},
      {"a name with a control character", Post("Content-Length\x01: 4\r\n")},
      {"a name that is not ASCII", Post("Content-L\xc3\xa9ngth: 4\r\n")},
      {"two hosts", Post("Host: b\r\n")},
      {"no host", "GET / HTTP/1.1\r\n\r\n"},
      {"an empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
      {"a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      {"a host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"},
      {"a target without a slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a target with a space", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a target with a fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a tab in the first line", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a line before the first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a version with a space", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
      {"another version", "GET / HTTP/1.2\r\nHost: a\r\n\r\n"},
      {"a body of a handshake",
       "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
       "Content-Length: 4\r\n\r\n"},
  };
}

TEST(SmugglingTest, WhatCanBeReadInTwoWaysIsRefused) {
  for (const Attack& attack : Attacks()) {
    RequestHead request;
    const auto refusal = ParseRequestHead(attack.head, request);
    ASSERT_TRUE(refusal.has_value()) << attack.name;
    EXPECT_GE(refusal->status, 400) << attack.name;
  }
}

// Whether Beast, which reads first requests before us, would have taken it whole.
bool BeastTakes(const std::string& head) {
  namespace http = boost::beast::http;
  http::request_parser<http::empty_body> parser;
  parser.skip(true);
  boost::beast::error_code error;
  const size_t used = parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
  return !error && used == head.size() && parser.is_header_done();
}

TEST(SmugglingTest, WhatBeastTakesIsWhatTheDocumentSays) {
  std::string taken;
  for (const Attack& attack : Attacks()) {
    if (BeastTakes(attack.head)) taken += std::string(attack.name) + "\n";
  }
  EXPECT_EQ(taken, kTakenByBeast);
}

TEST(SmugglingTest, TheSameWithoutTheTrickIsTaken) {
  for (const std::string& head :
       {Post("Content-Length: 4\r\n"), Post("Transfer-Encoding: chunked\r\n"),
        Post("Transfer-Encoding:\tChunked \r\n"), Post("X: a\tb \xc3\xa9\r\n"),
        std::string("GET /\xc3\xa9?q=[1]|{} HTTP/1.1\r\nHost: [::1]:80\r\n\r\n")}) {
    RequestHead request;
    const auto refusal = ParseRequestHead(head, request);
    EXPECT_FALSE(refusal.has_value()) << head << (refusal ? refusal->message : "");
  }
}

}  // namespace
}  // namespace edge
