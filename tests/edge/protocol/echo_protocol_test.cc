#include <gtest/gtest.h>

#include <string_view>

#include "edge/protocol/client_protocol.h"

namespace edge {
namespace {

TEST(EchoProtocolTest, SaysContentAsItCameWithoutAnEnvelope) {
  const Publication text{.room = "r", .user = "u", .kind = ContentKind::kText, .content = "a\"b"};
  EXPECT_EQ(EchoProtocol().EncodePublication(text)->bytes(),
            "\x81\x03"
            "a\"b");
  const Publication json{.kind = ContentKind::kJson, .content = "{}"};
  EXPECT_EQ(EchoProtocol().EncodePublication(json)->bytes(), "\x81\x02{}");
  const Publication binary{.kind = ContentKind::kBinary, .content = std::string_view("\0\xff", 2)};
  EXPECT_EQ(EchoProtocol().EncodePublication(binary)->bytes(),
            std::string_view("\x82\x02\0\xff", 4));
}

TEST(EchoProtocolTest, TakesNoCommands) {
  ClientCommand command;
  EXPECT_EQ(EchoProtocol().Decode("{}", command).code(), absl::StatusCode::kUnimplemented);
}

}  // namespace
}  // namespace edge
