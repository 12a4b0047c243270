#include "edge/transport/http_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/test_client.h"

namespace edge {
namespace {

constexpr size_t kLimit = 4096;

// The head that must be there.
HttpRequest Parse(const std::string& text) {
  absl::StatusOr<std::optional<ParsedHead>> head = ParseHead(text, kLimit);
  EXPECT_TRUE(head.ok() && head->has_value()) << head.status();
  return head.ok() && head->has_value() ? (*head)->request : HttpRequest();
}

absl::StatusCode ErrorOf(const std::string& text) {
  return ParseHead(text, kLimit).status().code();
}

TEST(ParseHeadTest, ReadsWhatTheGateLooksAt) {
  const HttpRequest request =
      Parse(UpgradeRequest("/ws/a%20b?token=t&room=x",
                           "Origin: https://a.example\r\nAuthorization: Bearer T\r\n"
                           "Cookie: a=b; gh=tok; c=d\r\nUser-Agent: test/1\r\n"));
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/ws/a b");
  EXPECT_EQ(request.Parameter("token"), "t");
  EXPECT_EQ(request.Parameter("none"), std::nullopt);
  EXPECT_EQ(request.Cookie("gh"), "tok");
  EXPECT_EQ(request.Cookie("g"), std::nullopt);
  EXPECT_EQ(request.origin, "https://a.example");
  EXPECT_EQ(request.authorization, "Bearer T");
  EXPECT_EQ(request.user_agent, "test/1");
  EXPECT_EQ(request.websocket_version, "13");
  EXPECT_TRUE(request.upgrades_to_websocket);
  EXPECT_TRUE(request.http11);
  EXPECT_FALSE(request.has_body);
}

TEST(ParseHeadTest, EveryCutOfAHeadIsIncompleteAndTheWholeIsNot) {
  const std::string text = UpgradeRequest("/ws/chat?token=t");
  for (size_t size = 0; size < text.size(); ++size) {
    const auto head = ParseHead(text.substr(0, size), kLimit);
    ASSERT_TRUE(head.ok()) << size << ": " << head.status();
    ASSERT_FALSE(head->has_value()) << size;
  }
  Parse(text);
}

TEST(ParseHeadTest, WhatFollowsTheHeadIsNotPartOfIt) {
  const std::string text = UpgradeRequest("/ws/chat");
  const auto head = ParseHead(text + "\x81\x80GET / HTTP/1.1\r\n\r\n", kLimit);
  ASSERT_TRUE(head.ok() && head->has_value());
  EXPECT_EQ((*head)->size, text.size());
}

TEST(ParseHeadTest, WhatMayBeThereOnceIsRefusedTwice) {
  const std::string get = "GET /ws HTTP/1.1\r\n";
  EXPECT_EQ(ErrorOf(get + "\r\n"), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(ParseHead("GET /ws HTTP/1.0\r\n\r\n", kLimit).ok());
  EXPECT_TRUE(ParseHead(get + "Host: a\r\nOrigin: b\r\n\r\n", kLimit).ok());
  for (const char* name : {"Host", "Origin", "Authorization", "Sec-WebSocket-Key"}) {
    const std::string line = std::string(name) + ": x\r\n";
    EXPECT_EQ(ErrorOf(get + "Host: a\r\n" + line + line + "\r\n"),
              absl::StatusCode::kInvalidArgument)
        << name;
  }
}

TEST(ParseHeadTest, ListsInSeveralLinesAreOneList) {
  const HttpRequest request = Parse(
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: Upgrade\r\n"
      "Upgrade: h2c, websocket\r\nSec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b\r\n"
      "Sec-WebSocket-Extensions: x; y=1\r\nSec-WebSocket-Extensions: z\r\n\r\n");
  EXPECT_TRUE(request.upgrades_to_websocket);
  EXPECT_EQ(request.websocket_protocol, "a, b");
  EXPECT_EQ(request.websocket_extensions, "x; y=1, z");
}

TEST(ParseHeadTest, BodyIsKnownBeforeItComes) {
  EXPECT_TRUE(Parse(UpgradeRequest("/ws", "Content-Length: 5\r\n")).has_body);
  EXPECT_TRUE(Parse(UpgradeRequest("/ws", "Content-Length: 5\r\n") + "hello").has_body);
  EXPECT_TRUE(Parse(UpgradeRequest("/ws", "Transfer-Encoding: chunked\r\n")).has_body);
  EXPECT_TRUE(Parse(UpgradeRequest("/ws", "Transfer-Encoding: gzip\r\n")).has_body);
  EXPECT_FALSE(Parse(UpgradeRequest("/ws", "Content-Length: 0\r\n")).has_body);
}

TEST(ParseHeadTest, TwoFramingsOfABodyAreRefused) {
  EXPECT_EQ(ErrorOf(UpgradeRequest("/ws", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ErrorOf(UpgradeRequest("/ws", "Content-Length: 5\r\nContent-Length: 6\r\n")),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ErrorOf(UpgradeRequest("/ws", "Content-Length: -1\r\n")),
            absl::StatusCode::kInvalidArgument);
}

TEST(ParseHeadTest, RefusesWhatIsNotHttp1) {
  for (const char* bad : {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "GET /\r\n\r\n",
                          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\n\n",
                          "GET  / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
                          "GET / HTTP/1.1\r\na : b\r\n\r\n", "G\x01T / HTTP/1.1\r\n\r\n"}) {
    EXPECT_EQ(ErrorOf(bad), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(ParseHeadTest, RefusesAnEscapeThatCannotBeDecoded) {
  EXPECT_EQ(ErrorOf("GET /ws/%zz HTTP/1.1\r\n\r\n"), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ErrorOf("GET /ws?a=%1 HTTP/1.1\r\n\r\n"), absl::StatusCode::kInvalidArgument);
}

TEST(ParseHeadTest, HeadOverTheLimitIsRefusedWholeOrNot) {
  const std::string filler(kLimit, 'x');
  EXPECT_EQ(ErrorOf(UpgradeRequest("/ws", "X: " + filler + "\r\n")), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ErrorOf(UpgradeRequest("/ws/" + filler)), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ErrorOf("GET /" + filler), absl::StatusCode::kOutOfRange);
}

// The limit is on the request line and the fields together.
TEST(ParseHeadTest, LineAndFieldsShareTheLimit) {
  const std::string half(kLimit * 2 / 3, 'x');
  EXPECT_EQ(ErrorOf(UpgradeRequest("/ws/" + half, "X: " + half + "\r\n")),
            absl::StatusCode::kOutOfRange);
}

TEST(ParseHeadTest, HeadOfExactlyTheLimitIsTaken) {
  const std::string empty = UpgradeRequest("/ws", "X: \r\n");
  Parse(UpgradeRequest("/ws", "X: " + std::string(kLimit - empty.size(), 'x') + "\r\n"));
  EXPECT_EQ(
      ErrorOf(UpgradeRequest("/ws", "X: " + std::string(kLimit - empty.size() + 1, 'x') + "\r\n")),
      absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace edge
