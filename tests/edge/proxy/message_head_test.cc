#include "edge/proxy/message_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// 0: the head is taken.
int StatusFor(const std::string& head) {
  RequestHead request;
  const auto refusal = ParseRequestHead(head, request);
  return refusal ? refusal->status : 0;
}

std::string Get(const std::string& headers) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

TEST(MessageHeadTest, RequestIsTakenApart) {
  const std::string head =
      "POST /a?b=c HTTP/1.1\r\nHost: example.com:80\r\nContent-Length: 12\r\n"
      "Connection: X-One, keep-alive\r\nX-Empty:\r\nX-One:  two words \r\n\r\n";
  RequestHead request;
  ASSERT_FALSE(ParseRequestHead(head, request));
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/a?b=c");
  EXPECT_EQ(request.host, "example.com:80");
  EXPECT_EQ(request.body, BodyKind::kLength);
  EXPECT_EQ(request.length, 12U);
  EXPECT_TRUE(request.keep_alive);
  EXPECT_THAT(request.connection, ElementsAre("X-One"));
  EXPECT_EQ(request.fields.back().value, "two words");
  EXPECT_FALSE(request.IsIdempotent());
}

TEST(MessageHeadTest, KeepAliveFollowsVersionAndConnection) {
  const auto keep_alive = [](const std::string& head) {
    RequestHead request;
    EXPECT_FALSE(ParseRequestHead(head, request)) << head;
    return request.keep_alive;
  };
  EXPECT_TRUE(keep_alive(Get("")));
  EXPECT_FALSE(keep_alive(Get("Connection: close\r\n")));
  EXPECT_FALSE(keep_alive("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keep_alive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(MessageHeadTest, AbsoluteTargetGoesBeforeTheHostHeader) {
  const std::string head = "GET http://real.example/x?y HTTP/1.1\r\nHost: other\r\n\r\n";
  RequestHead request;
  ASSERT_FALSE(ParseRequestHead(head, request));
  EXPECT_EQ(request.host, "real.example");
  EXPECT_EQ(request.path, "/x?y");
}

TEST(MessageHeadTest, WebSocketHandshakeIsKnown) {
  RequestHead request;
  const std::string head = Get("Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n");
  ASSERT_FALSE(ParseRequestHead(head, request));
  EXPECT_TRUE(request.upgrades_to_websocket);
  RequestHead h2c;
  const std::string other = Get("Connection: Upgrade\r\nUpgrade: h2c\r\n");
  ASSERT_FALSE(ParseRequestHead(other, h2c));
  EXPECT_FALSE(h2c.upgrades_to_websocket);
}

TEST(MessageHeadTest, WhatCannotBePassedOnIsNamedByItsStatus) {
  EXPECT_EQ(StatusFor("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(StatusFor("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"), 405);
  EXPECT_EQ(StatusFor("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"), 405);
  EXPECT_EQ(StatusFor(Get("Transfer-Encoding: gzip, chunked\r\n")), 501);
  EXPECT_EQ(StatusFor(Get("Expect: the-unexpected\r\n")), 417);
  std::string many;
  for (int i = 0; i < 300; ++i) many += "A: b\r\n";
  EXPECT_EQ(StatusFor(Get(many)), 431);
}

TEST(MessageHeadTest, ResponseBodyIsFoundByTheRules) {
  const auto body = [](const std::string& head, bool to_head = false) {
    ResponseHead response;
    EXPECT_TRUE(ParseResponseHead(head, to_head, response).ok()) << head;
    return response.body;
  };
  EXPECT_EQ(body("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"), BodyKind::kLength);
  EXPECT_EQ(body("HTTP/1.1 200\r\nTransfer-Encoding: Chunked\r\n\r\n"), BodyKind::kChunked);
  EXPECT_EQ(body("HTTP/1.0 200 OK\r\n\r\n"), BodyKind::kUntilClose);
  EXPECT_EQ(body("HTTP/1.1 204 No Content\r\n\r\n"), BodyKind::kNone);
  EXPECT_EQ(body("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n"), BodyKind::kNone);
  EXPECT_EQ(body("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", true), BodyKind::kNone);
  EXPECT_EQ(body("HTTP/1.1 103 Early Hints\r\n\r\n"), BodyKind::kNone);
}

TEST(MessageHeadTest, MalformedResponsesAreRefused) {
  for (const char* head : {
           "HTTP/1.1 OK\r\n\r\n",
           "HTTP/1.1 20 OK\r\n\r\n",
           "HTTP/1.1 2000 OK\r\n\r\n",
           "HTTP/2 200 OK\r\n\r\n",
           "nonsense\r\n\r\n",
           "HTTP/1.1 200 OK\nA: b\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
           "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
           "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
           "HTTP/1.1 099 OK\r\n\r\n",
       }) {
    ResponseHead response;
    const absl::Status status = ParseResponseHead(head, false, response);
    EXPECT_FALSE(status.ok()) << head;
    EXPECT_FALSE(status.message().empty());
  }
}

}  // namespace
}  // namespace edge
