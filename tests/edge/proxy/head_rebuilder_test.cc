#include "edge/proxy/head_rebuilder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Rebuilt(const std::string& head, bool tunnel = false) {
  RequestHead request;
  EXPECT_FALSE(ParseRequestHead(head, request)) << head;
  std::string out;
  AppendRequestHead(request, {.address = "192.0.2.1"},
                    {.host = "app", .client = "192.0.2.1", .tunnel = tunnel}, out);
  return out;
}

std::string Answer(const std::string& head, const ResponseRewrite& rewrite) {
  ResponseHead response;
  EXPECT_TRUE(ParseResponseHead(head, rewrite.to_head, response).ok()) << head;
  std::string out;
  AppendResponseHead(response, rewrite, out);
  return out;
}

TEST(HeadRebuilderTest, RequestIsWrittenAnew) {
  EXPECT_EQ(Rebuilt("GET http://x/a?b HTTP/1.0\r\nHost: y\r\nAccept:  */* \r\n\r\n"),
            "GET /a?b HTTP/1.1\r\nHost: app\r\nAccept: */*\r\nX-Forwarded-For: 192.0.2.1\r\n"
            "X-Forwarded-Proto: http\r\nX-Forwarded-Host: x\r\nX-Real-IP: 192.0.2.1\r\n"
            "Forwarded: for=192.0.2.1;host=\"x\";proto=http\r\nVia: 1.1 gatehouse\r\n\r\n");
}

TEST(HeadRebuilderTest, HopByHopFieldsAndThoseThatConnectionNamesGo) {
  const std::string out = Rebuilt(
      "POST / HTTP/1.1\r\nHost: y\r\nConnection: X-Secret, keep-alive\r\nx-secret: 1\r\n"
      "Keep-Alive: timeout=5\r\nTE: trailers\r\nUpgrade: h2c\r\nProxy-Connection: x\r\n"
      "Content_Length: 9\r\nX_Forwarded_For: 6.6.6.6\r\nContent-Length: 3\r\nX-Kept: 2\r\n\r\n");
  for (const char* gone : {"ecret", "Keep-Alive", "TE:", "Upgrade", "Proxy-Connection",
                           "Content_Length", "6.6.6.6", "Connection"}) {
    EXPECT_THAT(out, Not(HasSubstr(gone)));
  }
  EXPECT_THAT(out, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(out, HasSubstr("X-Kept: 2\r\n"));
}

TEST(HeadRebuilderTest, WhatIsRebuiltIsReadAsTheSameRequest) {
  const std::string out = Rebuilt(
      "PUT /x HTTP/1.1\r\nHost: y\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
  RequestHead again;
  ASSERT_FALSE(ParseRequestHead(out, again)) << out;
  EXPECT_EQ(again.method, "PUT");
  EXPECT_EQ(again.body, BodyKind::kChunked);
  EXPECT_TRUE(again.expects_continue);
}

TEST(HeadRebuilderTest, TunnelAsksForTheUpgrade) {
  const std::string out = Rebuilt(
      "GET /s HTTP/1.1\r\nHost: y\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Key: k\r\n\r\n",
      true);
  EXPECT_THAT(out, HasSubstr("Connection: Upgrade\r\nUpgrade: websocket\r\n"));
  EXPECT_THAT(out, HasSubstr("Sec-WebSocket-Key: k\r\n"));
}

TEST(HeadRebuilderTest, AnswerGetsTheFramingOfTheClient) {
  const std::string head =
      "HTTP/1.1 200 Fine\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nContent-Length: 3\r\n"
      "Set-Cookie: a=b\r\n\r\n";
  EXPECT_EQ(Answer(head, {.body = BodyKind::kLength}),
            "HTTP/1.1 200 Fine\r\nSet-Cookie: a=b\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(Answer(head, {.body = BodyKind::kChunked, .keep_alive = false}),
            "HTTP/1.1 200 Fine\r\nSet-Cookie: a=b\r\nTransfer-Encoding: chunked\r\n"
            "Connection: close\r\n\r\n");
  EXPECT_EQ(Answer(head, {.body = BodyKind::kNone, .to_head = true}),
            "HTTP/1.1 200 Fine\r\nContent-Length: 3\r\nSet-Cookie: a=b\r\n\r\n");
}

TEST(HeadRebuilderTest, TrailersLoseWhatMayNotBeOne) {
  std::string out;
  ASSERT_TRUE(AppendTrailers("Sum: 1\r\nContent-Length: 5\r\nCookie: x\r\nHost: y\r\n\r\n", out));
  EXPECT_EQ(out, "Sum: 1\r\n\r\n");
  std::string none;
  ASSERT_TRUE(AppendTrailers("", none));
  EXPECT_EQ(none, "\r\n");
  std::string bad;
  EXPECT_FALSE(AppendTrailers("Sum : 1\r\n\r\n", bad));
}

}  // namespace
}  // namespace edge
