// A WebSocket after its upgrade, over real sockets: what well-behaved and badly behaved clients
// see.
#include "edge/transport/websocket_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/json_field.h"
#include "tests/support/test_client.h"
#include "tests/support/test_gate.h"

namespace edge {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kHello = R"({"content":"hello","id":1})";

// An upgraded client in /ws/chat.
TestClient Join(const TestGate& gate, const std::string& user = "alice") {
  TestClient client(gate.address());
  client.Send(UpgradeRequest(TestGate::Target("/ws/chat", user)));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 101);
  return client;
}

bool Gone(const TestGate& gate) {
  return Eventually(
      [&] { return gate.metrics().sessions.value() == 0 && gate.connections() == 0; });
}

TEST(WebSocketConnectionTest, AnswerHasTheAcceptKeyOfTheRfc) {
  const TestGate gate;
  TestClient client(gate.address());
  client.Send(UpgradeRequest(TestGate::Target("/ws/chat")));
  EXPECT_THAT(client.ReadHead(),
              HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
}

TEST(WebSocketConnectionTest, CompressionThatIsOfferedIsNotTaken) {
  const TestGate gate;
  TestClient client(gate.address());
  client.Send(UpgradeRequest(TestGate::Target("/ws/chat"),
                             "Sec-WebSocket-Extensions: permessage-deflate\r\n"));
  EXPECT_THAT(client.ReadHead(), Not(HasSubstr("Extensions")));
  std::string frame = MakeMaskedFrame(Opcode::kText, "x", 7);
  frame[0] = static_cast<char>(frame[0] | 0x40);
  client.Send(frame);
  EXPECT_EQ(client.ReadClose().first, 1002);
}

TEST(WebSocketConnectionTest, BytesThatComeWithTheHandshakeAreNotLost) {
  const TestGate gate;
  TestClient client(gate.address());
  std::string bytes = UpgradeRequest(TestGate::Target("/ws/chat"));
  for (int i = 0; i < 5; ++i) bytes += MakeMaskedFrame(Opcode::kText, R"({"content":1})", 7);
  const std::string last = MakeMaskedFrame(Opcode::kText, R"({"content":2})", 9);
  client.Send(bytes + last.substr(0, 5));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 101);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(JsonField(client.ReadText(), "content"), "1");
  client.Send(last.substr(5));
  EXPECT_EQ(JsonField(client.ReadText(), "content"), "2");
}

TEST(WebSocketConnectionTest, MuchMoreThanAReadThatComesWithTheHandshakeIsNotLost) {
  const TestGate gate([](TestGate::Settings s) { s.hub.messages_per_second = 0; });
  TestClient client(gate.address());
  std::string bytes = UpgradeRequest(TestGate::Target("/ws/chat"));
  const std::string content = "{\"content\":\"" + std::string(20000, 'x') + "\"}";
  for (int i = 0; i < 20; ++i) bytes += MakeMaskedFrame(Opcode::kText, content, 7);
  client.Send(bytes);
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 101);
  for (uint64_t i = 1; i <= 20; ++i) EXPECT_EQ(JsonNumber(client.ReadText(), "offset"), i);
}

TEST(WebSocketConnectionTest, RequestAndFramesMayComeByteByByte) {
  const TestGate gate;
  TestClient client(gate.address());
  const std::string bytes = UpgradeRequest(TestGate::Target("/ws/chat")) +
                            MakeMaskedFrame(Opcode::kText, kHello, 0x01020304);
  for (const char byte : bytes) ASSERT_TRUE(client.Send({&byte, 1}));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 101);
  EXPECT_EQ(JsonField(client.ReadText(), "content"), "\"hello\"");
  EXPECT_EQ(JsonField(client.ReadText(), "type"), "\"ack\"");
}

TEST(WebSocketConnectionTest, CloseIsEchoedAndTheConnectionEnds) {
  const TestGate gate;
  TestClient client = Join(gate);
  client.SendClose(1001);
  EXPECT_EQ(client.ReadClose().first, 1001);
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_TRUE(Gone(gate));
}

TEST(WebSocketConnectionTest, CloseWithoutACodeIsEchoedWithoutOne) {
  const TestGate gate;
  TestClient client = Join(gate);
  client.SendFrame(Opcode::kClose, "");
  EXPECT_EQ(client.ReadClose().first, 1005);
  EXPECT_TRUE(Gone(gate));
}

TEST(WebSocketConnectionTest, PingIsAnsweredWithItsPayload) {
  const TestGate gate;
  TestClient client = Join(gate);
  client.SendFrame(Opcode::kPing, "abc");
  const auto pong = client.ReadMessage();
  ASSERT_TRUE(pong.has_value());
  EXPECT_EQ(pong->opcode, Opcode::kPong);
  EXPECT_EQ(pong->payload, "abc");
}

TEST(WebSocketConnectionTest, GarbageAfterTheUpgradeIsAProtocolError) {
  const TestGate gate;
  TestClient client(gate.address());
  client.Send(UpgradeRequest(TestGate::Target("/ws/chat")) + "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 101);
  EXPECT_EQ(client.ReadClose().first, 1002);
}

TEST(WebSocketConnectionTest, MessageOverTheLimitIs1009) {
  const TestGate gate;
  TestClient client = Join(gate);
  client.Say("{\"content\":\"" + std::string(65536, 'x') + "\"}");
  EXPECT_EQ(client.ReadClose().first, 1009);
}

TEST(WebSocketConnectionTest, TextThatIsNotUtf8Is1007) {
  const TestGate gate;
  TestClient client = Join(gate);
  client.Say("{\"content\":\"\xff\"}");
  EXPECT_EQ(client.ReadClose().first, 1007);
}

TEST(WebSocketConnectionTest, EndlessEmptyFragmentsAreCutOff) {
  const TestGate gate;
  TestClient client = Join(gate);
  client.SendFrame(Opcode::kText, "", false);
  for (int i = 0; i < 63; ++i) client.SendFrame(static_cast<Opcode>(0), "", false);
  client.SendFrame(Opcode::kPing, "alive");
  ASSERT_EQ(client.ReadMessage()->opcode, Opcode::kPong);
  client.SendFrame(static_cast<Opcode>(0), "", false);
  EXPECT_EQ(client.ReadClose().first, 1009);
}

void SetShortMessageTimeout(TestGate::Settings s) {
  s.hub.message_timeout_millis = 250;
}

TEST(WebSocketConnectionTest, FrameThatDripsByteByByteIsCutOff) {
  const TestGate gate(SetShortMessageTimeout);
  TestClient client = Join(gate);
  const std::string frame = MakeMaskedFrame(Opcode::kText, std::string(1000, ' '), 7);
  size_t sent = 0;
  while (sent < frame.size() && !client.Readable(5)) client.Send(frame.substr(sent++, 1));
  EXPECT_LT(sent, frame.size());
  EXPECT_EQ(client.ReadClose().first, 3501);
}

TEST(WebSocketConnectionTest, HalfAFrameThatCameWithTheHandshakeIsCutOffToo) {
  const TestGate gate(SetShortMessageTimeout);
  TestClient client(gate.address());
  client.Send(UpgradeRequest(TestGate::Target("/ws/chat")) + "\x81");
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 101);
  EXPECT_EQ(client.ReadClose().first, 3501);  // the first ping is more than ten seconds away
}

TEST(WebSocketConnectionTest, UnfinishedMessageWithPingsInBetweenIsCutOff) {
  const TestGate gate(SetShortMessageTimeout);
  TestClient client = Join(gate);
  client.SendFrame(Opcode::kText, "{", false);
  const auto began = SystemClock().MonotonicMillis();
  while (SystemClock().MonotonicMillis() - began < 5000 && client.SendFrame(Opcode::kPing, "")) {
    const auto message = client.ReadMessage();
    if (!message || message->opcode != Opcode::kPong) break;
  }
  EXPECT_LT(SystemClock().MonotonicMillis() - began, 5000);
}

TEST(WebSocketConnectionTest, HalfClosedResetAndVanishedClientsLeaveNothing) {
  const TestGate gate;
  TestClient half = Join(gate, "half");
  TestClient reset = Join(gate, "reset");
  TestClient vanished = Join(gate, "vanished");
  half.HalfClose();
  reset.Reset();
  vanished.Close();
  EXPECT_EQ(half.ReadAll(), "");
  EXPECT_TRUE(Gone(gate));
}

TEST(WebSocketConnectionTest, ClientThatOnlySendsPingsAndNeverReadsIsClosed) {
  const TestGate gate([](TestGate::Settings s) {
    s.gate.send_buffer_size = 4096;
    s.hub.outbound = {.max_bytes = 65536, .max_frames = 1024};
    s.hub.close_timeout_millis = 200;
  });
  TestClient client;
  client.SetReceiveBuffer(4096);
  client.Connect(gate.address());
  client.Send(UpgradeRequest(TestGate::Target("/ws/chat")));
  client.ReadHead();
  const std::string ping = MakeMaskedFrame(Opcode::kPing, std::string(125, 'p'), 7);
  while (client.Send(ping)) {
  }
  EXPECT_TRUE(Gone(gate));
  EXPECT_EQ(gate.metrics().sessions_slow.value(), 1);
}

TEST(WebSocketConnectionTest, FloodThatIsNotReadIsNotKept) {
  const TestGate gate;
  TestClient slow;
  slow.SetReceiveBuffer(4096);
  slow.Connect(gate.address());
  slow.Send(UpgradeRequest(TestGate::Target("/ws/chat", "slow")));
  ASSERT_EQ(HttpStatusIn(slow.ReadHead()), 101);
  TestClient sender = Join(gate, "sender");
  const std::string content = "{\"content\":\"" + std::string(60000, 'x') + "\"}";
  int heard = 0;
  for (int i = 0; i < 150 && gate.metrics().sessions_slow.value() == 0; ++i) {
    sender.Say(content);
    heard += JsonField(sender.ReadText(), "content").empty() ? 0 : 1;
  }
  EXPECT_EQ(gate.metrics().sessions_slow.value(), 1);
  EXPECT_GT(heard, 16);  // the sender gets all of it, whoever does not read
}

}  // namespace
}  // namespace edge
