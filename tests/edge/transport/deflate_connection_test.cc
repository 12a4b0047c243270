// permessage-deflate over real sockets: what is agreed on, and what goes to and fro then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/json_field.h"
#include "tests/support/raw_deflate.h"
#include "tests/support/test_client.h"
#include "tests/support/test_gate.h"

namespace edge {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kOffer =
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";

void Agree(TestGate::Settings settings) {
  settings.gate.deflate = true;
}

TestClient Join(const TestGate& gate, const std::string& headers = kOffer) {
  TestClient client(gate.address());
  client.Send(UpgradeRequest(TestGate::Target("/ws/chat"), headers));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 101);
  return client;
}

std::string Answer(const TestGate& gate, const std::string& headers) {
  TestClient client(gate.address());
  client.Send(UpgradeRequest(TestGate::Target("/ws/chat"), headers));
  return client.ReadHead();
}

bool SendCompressed(TestClient& client, std::string_view payload) {
  std::string frame = MakeMaskedFrame(Opcode::kText, payload, 0x51a2b3c4);
  frame[0] = static_cast<char>(frame[0] | kCompressedBit);
  return client.Send(frame);
}

std::string Content(size_t size) {
  return R"({"content":")" + std::string(size, 'x') + "\"}";
}

TEST(DeflateConnectionTest, AnOfferIsAnsweredWhereTheSettingIsOn) {
  const TestGate gate(Agree);
  EXPECT_THAT(Answer(gate, kOffer),
              HasSubstr("\r\nSec-WebSocket-Extensions: permessage-deflate; "
                        "server_no_context_takeover; client_no_context_takeover\r\n"));
  EXPECT_THAT(Answer(gate, ""), Not(HasSubstr("Extensions")));
  EXPECT_THAT(Answer(gate, "Sec-WebSocket-Extensions: foo\r\n"), Not(HasSubstr("Extensions")));
}

TEST(DeflateConnectionTest, OffersMayComeInSeveralLines) {
  const TestGate gate(Agree);
  EXPECT_THAT(Answer(gate,
                     "Sec-WebSocket-Extensions: foo\r\n"
                     "sec-websocket-extensions: permessage-deflate; server_max_window_bits=10\r\n"),
              HasSubstr("client_no_context_takeover; server_max_window_bits=10\r\n"));
}

TEST(DeflateConnectionTest, WhatIsNotAListOfExtensionsIs400) {
  const TestGate gate(Agree);
  EXPECT_EQ(HttpStatusIn(Answer(gate, "Sec-WebSocket-Extensions: permessage-deflate; =\r\n")), 400);
}

TEST(DeflateConnectionTest, ARefusalAfterTheUpgradeAgreesToNothing) {
  const TestGate gate([](TestGate::Settings s) {
    s.gate.deflate = true;
    s.gate.refuse_after_upgrade = true;
  });
  TestClient client(gate.address());
  client.Send(UpgradeRequest("/ws/chat?token=a.b.c", kOffer));
  EXPECT_THAT(client.ReadHead(), Not(HasSubstr("Extensions")));
  EXPECT_EQ(client.ReadClose().first, 1008);
}

TEST(DeflateConnectionTest, LongMessagesComeCompressedAndShortOnesPlain) {
  const TestGate gate(Agree);
  TestClient client = Join(gate);
  client.Say(Content(10));
  const auto plain = client.ReadMessage();
  ASSERT_TRUE(plain.has_value());
  EXPECT_FALSE(plain->compressed);
  EXPECT_EQ(JsonField(plain->payload, "content").size(), 12U);
  client.Say(Content(1000));
  const auto compressed = client.ReadMessage();
  ASSERT_TRUE(compressed.has_value());
  EXPECT_TRUE(compressed->compressed);
  EXPECT_EQ(JsonField(RawInflate(compressed->payload).value_or(""), "content").size(), 1002U);
}

TEST(DeflateConnectionTest, WhoDidNotOfferItGetsPlainMessagesOnly) {
  const TestGate gate(Agree);
  TestClient reading = Join(gate);
  TestClient plain = Join(gate, "");
  plain.Say(Content(1000));
  EXPECT_EQ(JsonField(plain.ReadText(), "content").size(), 1002U);
  const auto message = reading.ReadMessage();
  EXPECT_TRUE(message.has_value() && message->compressed);
  SendCompressed(plain, RawDeflate(Content(1000)));
  EXPECT_EQ(plain.ReadClose().first, 1002);
}

TEST(DeflateConnectionTest, ACompressedMessageIsRead) {
  const TestGate gate(Agree);
  TestClient client = Join(gate);
  SendCompressed(client, RawDeflate(Content(20)));
  EXPECT_EQ(JsonField(client.ReadText(), "content").size(), 22U);
}

TEST(DeflateConnectionTest, ACompressedMessageMayComeByteByByte) {
  const TestGate gate(Agree);
  TestClient client = Join(gate);
  std::string frame = MakeMaskedFrame(Opcode::kText, RawDeflate(Content(20)), 0x51a2b3c4);
  frame[0] = static_cast<char>(frame[0] | kCompressedBit);
  for (const char byte : frame) ASSERT_TRUE(client.Send({&byte, 1}));
  EXPECT_EQ(JsonField(client.ReadText(), "content").size(), 22U);
}

TEST(DeflateConnectionTest, ABombIs1009AndRubbish1007) {
  const TestGate gate(Agree);
  TestClient bomber = Join(gate);
  SendCompressed(bomber, RawDeflate(std::string(4 << 20, 'x')));
  EXPECT_EQ(bomber.ReadClose().first, 1009);
  TestClient babbler = Join(gate);
  SendCompressed(babbler, "\xff\xff\xff");
  EXPECT_EQ(babbler.ReadClose().first, 1007);
}

}  // namespace
}  // namespace edge
