// Every way to be refused, over real sockets: status, JSON body, headers, and a clean end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/json_field.h"
#include "tests/support/test_client.h"
#include "tests/support/test_gate.h"

namespace edge {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Answer {
  int status = 0;
  std::string head;
  std::string code;     // of the JSON error
  std::string message;  // of the JSON error
};

// Sends `request` and reads until the server has ended the connection.
Answer Ask(const TestGate& gate, const std::string& request) {
  TestClient client(gate.address());
  client.Send(request);
  const std::string all = client.ReadAll();
  const size_t split = std::min(all.find("\r\n\r\n"), all.size());
  Answer answer{.status = HttpStatusIn(all), .head = all.substr(0, split)};
  const std::string body = all.substr(std::min(split + 4, all.size()));
  EXPECT_THAT(answer.head, HasSubstr("Content-Length: " + std::to_string(body.size()))) << all;
  const std::string error = JsonField(body, "error");
  answer.code = JsonField(error, "code");
  answer.message = JsonField(error, "message");
  return answer;
}

TEST(RefusalTest, UnknownPathIs404) {
  const TestGate gate;
  const Answer answer = Ask(gate, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.code, "\"not_found\"");
  EXPECT_THAT(answer.head, HasSubstr("Content-Type: application/json"));
  EXPECT_THAT(answer.head, HasSubstr("Connection: close"));
}

TEST(RefusalTest, DemoPageIsNotThereWithoutDev) {
  const TestGate gate;
  EXPECT_EQ(Ask(gate, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 404);
  EXPECT_EQ(Ask(gate, "GET /dev/token?user=x HTTP/1.1\r\nHost: x\r\n\r\n").status, 404);
}

TEST(RefusalTest, WhatIsNoHttpIs400AtOnce) {
  const TestGate gate;
  EXPECT_EQ(Ask(gate, std::string("\x16\x03\x01\x02\x00\x01", 6)).status, 400);
  EXPECT_EQ(Ask(gate, "nonsense\r\n\r\n").status, 400);
}

TEST(RefusalTest, InvalidKeyIs400) {
  const TestGate gate;
  std::string request = UpgradeRequest(TestGate::Target("/ws/chat"));
  request.replace(request.find("dGhlIHN"), 7, "dGhlIH!");
  const Answer answer = Ask(gate, request);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.code, "\"bad_request\"");
  EXPECT_THAT(answer.message, HasSubstr("Sec-WebSocket-Key"));
}

TEST(RefusalTest, BodyIsNotTakenForFrames) {
  const TestGate gate;
  const std::string target = TestGate::Target("/ws/chat");
  const std::string frame = MakeMaskedFrame(Opcode::kText, "{\"content\":1}", 7);
  EXPECT_EQ(Ask(gate, UpgradeRequest(target, "Content-Length: 100\r\n") + frame).status, 400);
  EXPECT_EQ(Ask(gate, UpgradeRequest(target, "Transfer-Encoding: chunked\r\n") +
                          "5\r\nhello\r\n0\r\n\r\n")
                .status,
            400);
  EXPECT_EQ(Ask(gate, UpgradeRequest(target, "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"))
                .status,
            400);
}

TEST(RefusalTest, MissingOrBadTokenIs401AndNamesAWay) {
  const TestGate gate;
  const Answer none = Ask(gate, UpgradeRequest("/ws/chat"));
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.code, "\"unauthenticated\"");
  EXPECT_THAT(none.head, HasSubstr("WWW-Authenticate: Bearer"));
  const Answer bad = Ask(gate, UpgradeRequest("/ws/chat?token=abc.def.ghi"));
  EXPECT_EQ(bad.status, 401);
  EXPECT_THAT(bad.message, Not(HasSubstr("abc.def")));
}

TEST(RefusalTest, ForeignOriginMissingRightAndBanAre403) {
  TestGate gate;
  EXPECT_EQ(Ask(gate, UpgradeRequest(TestGate::Target("/ws/chat"), "Origin: https://evil.net\r\n"))
                .status,
            403);
  const std::string narrow = MintTestToken(
      {.user = "alice", .join = {"chat"}, .issued_at_millis = SystemClock().UnixMillis()});
  EXPECT_EQ(Ask(gate, UpgradeRequest("/ws/other?token=" + narrow)).status, 403);
  ASSERT_TRUE(
      gate.bans().Add({.user = UserId("eve"), .reason = "spam"}, SystemClock().UnixMillis()).ok());
  const Answer banned = Ask(gate, UpgradeRequest(TestGate::Target("/ws/chat", "eve")));
  EXPECT_EQ(banned.status, 403);
  EXPECT_THAT(banned.message, HasSubstr("spam"));
}

TEST(RefusalTest, NoUpgradeOrAnotherVersionIs426WithTheVersion) {
  const TestGate gate;
  const Answer plain =
      Ask(gate, "GET " + TestGate::Target("/ws/chat") + " HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(plain.status, 426);
  EXPECT_THAT(plain.head, HasSubstr("Sec-WebSocket-Version: 13"));
  std::string old = UpgradeRequest(TestGate::Target("/ws/chat"));
  old.replace(old.find("Version: 13"), 11, "Version: 8");
  EXPECT_EQ(Ask(gate, old).status, 426);
}

TEST(RefusalTest, FullRoomIs429WithRetryAfter) {
  const TestGate gate;
  TestClient one(gate.address());
  TestClient two(gate.address());
  one.Send(UpgradeRequest(TestGate::Target("/ws/small:1", "one")));
  two.Send(UpgradeRequest(TestGate::Target("/ws/small:1", "two")));
  ASSERT_EQ(HttpStatusIn(one.ReadHead()), 101);
  ASSERT_EQ(HttpStatusIn(two.ReadHead()), 101);
  const Answer answer = Ask(gate, UpgradeRequest(TestGate::Target("/ws/small:1", "three")));
  EXPECT_EQ(answer.status, 429);
  EXPECT_THAT(answer.head, HasSubstr("Retry-After: 1"));
}

TEST(RefusalTest, HeadOverTheLimitIs431) {
  const TestGate gate([](TestGate::Settings s) { s.gate.max_header_size = 2048; });
  const std::string filler(3000, 'x');
  EXPECT_EQ(Ask(gate, UpgradeRequest("/ws/chat", "X: " + filler + "\r\n")).status, 431);
  EXPECT_EQ(Ask(gate, "GET /" + filler).status, 431);  // refused before it ends
}

TEST(RefusalTest, TooManyHandshakesAre503WithRetryAfter) {
  const TestGate gate([](TestGate::Settings s) { s.hub.handshakes_per_second = 1; });
  TestClient first(gate.address());
  first.Send(UpgradeRequest(TestGate::Target("/ws/chat")));
  ASSERT_EQ(HttpStatusIn(first.ReadHead()), 101);
  const Answer answer = Ask(gate, UpgradeRequest(TestGate::Target("/ws/chat")));
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.head, HasSubstr("Retry-After: 1"));
}

TEST(RefusalTest, RequestsBehindARefusedOneAreNotAnswered) {
  const TestGate gate;
  TestClient client(gate.address());
  client.Send(
      "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\ngarbage");
  const std::string all = client.ReadAll();
  EXPECT_EQ(HttpStatusIn(all), 404);
  EXPECT_EQ(all.find("HTTP/1.1", 8), std::string::npos);
}

TEST(RefusalTest, ClientThatSendsNothingIsCutOff) {
  const TestGate gate([](TestGate::Settings s) { s.gate.handshake_timeout_millis = 200; });
  TestClient silent(gate.address());
  TestClient half(gate.address());
  half.Send("GET /ws/chat HTTP/1.1\r\n");
  EXPECT_EQ(silent.ReadAll(), "");
  EXPECT_EQ(half.ReadAll(), "");
  EXPECT_TRUE(Eventually([&] { return gate.connections() == 0; }));
}

TEST(RefusalTest, AfterTheUpgradeARefusalIsACloseThatScriptsCanRead) {
  TestGate gate([](TestGate::Settings s) { s.gate.refuse_after_upgrade = true; });
  TestClient client(gate.address());
  client.Send(UpgradeRequest("/ws/chat?token=a.b.c"));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 101);
  const auto [code, reason] = client.ReadClose();
  EXPECT_EQ(code, 1008);
  EXPECT_THAT(reason, HasSubstr("token"));
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_EQ(gate.metrics().sessions_opened.value(), 0);
}

TEST(RefusalTest, AfterTheUpgradeARefusalByTheHubIsACloseToo) {
  TestGate gate([](TestGate::Settings s) { s.gate.refuse_after_upgrade = true; });
  ASSERT_TRUE(
      gate.bans().Add({.user = UserId("eve"), .reason = "spam"}, SystemClock().UnixMillis()).ok());
  TestClient client(gate.address());
  client.Send(UpgradeRequest("/ws/chat", "Sec-WebSocket-Protocol: gatehouse.bearer, " +
                                             TokenOf("eve", SystemClock().UnixMillis()) + "\r\n"));
  const std::string head = client.ReadHead();
  EXPECT_EQ(HttpStatusIn(head), 101);
  EXPECT_THAT(head, HasSubstr("Sec-WebSocket-Protocol: gatehouse.bearer\r\n"));
  EXPECT_EQ(client.ReadClose(), (std::pair<uint16_t, std::string>(1008, "banned: spam")));
}

TEST(RefusalTest, BrokenHandshakeIsAnHttpErrorEvenThen) {
  const TestGate gate([](TestGate::Settings s) { s.gate.refuse_after_upgrade = true; });
  EXPECT_EQ(Ask(gate, "GET /ws/chat HTTP/1.1\r\nHost: x\r\n\r\n").status, 426);
}

}  // namespace
}  // namespace edge
