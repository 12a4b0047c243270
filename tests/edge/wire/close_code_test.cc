#include "edge/wire/close_code.h"

#include <gtest/gtest.h>

#include "edge/wire/ws_frame.h"

namespace edge {
namespace {

TEST(CloseCodeTest, TheTableKeepsTheRuleOfItsNumbers) {
  const auto* const codes = gatehouse::v1::CloseCode_descriptor();
  for (int i = 0; i < codes->value_count(); ++i) {
    const int code = codes->value(i)->number();
    if (code < 3000) continue;
    EXPECT_EQ(ShouldReconnect(static_cast<uint16_t>(code)), code < 3500) << codes->value(i)->name();
  }
}

TEST(CloseCodeTest, EveryCodeThatIsSentHasAReasonThatFitsAndIsValidOnTheWire) {
  const auto* const codes = gatehouse::v1::CloseCode_descriptor();
  for (int i = 0; i < codes->value_count(); ++i) {
    const int code = codes->value(i)->number();
    if (code == 0) continue;
    const std::string_view reason = DefaultReason(static_cast<CloseCode>(code));
    EXPECT_FALSE(reason.empty()) << codes->value(i)->name();
    EXPECT_LE(reason.size(), kMaxControlPayload - 2);
    EXPECT_TRUE(IsValidOnWire(static_cast<uint16_t>(code))) << codes->value(i)->name();
  }
}

TEST(CloseCodeTest, CodesOutsideTheTableFollowTheRule) {
  EXPECT_EQ(DefaultReason(static_cast<CloseCode>(4242)), "");
  for (const uint16_t code : {3100, 3499, 4000, 4499}) EXPECT_TRUE(ShouldReconnect(code)) << code;
  for (const uint16_t code : {3600, 3999, 4500, 4999}) EXPECT_FALSE(ShouldReconnect(code)) << code;
}

TEST(CloseCodeTest, AServiceMaySend1000And3000To4999) {
  for (const uint32_t code : {1000U, 3000U, 4999U}) EXPECT_TRUE(IsSendableByService(code)) << code;
  for (const uint32_t code : {0U, 999U, 1001U, 1008U, 2999U, 5000U, 66536U, 4294967295U}) {
    EXPECT_FALSE(IsSendableByService(code)) << code;
  }
}

TEST(CloseCodeTest, NoMoreThanTheRegisteredCodesAreValidOnTheWire) {
  int below_3000 = 0;
  for (int code = 0; code < 3000; ++code) below_3000 += IsValidOnWire(static_cast<uint16_t>(code));
  EXPECT_EQ(below_3000, 12);
  for (const int code : {3000, 3999, 4000, 4999})
    EXPECT_TRUE(IsValidOnWire(static_cast<uint16_t>(code)));
  EXPECT_FALSE(IsValidOnWire(5000));
}

TEST(CloseCodeTest, AStatusHasItsCode) {
  EXPECT_EQ(CloseCodeOf(absl::UnauthenticatedError("")), gatehouse::v1::CLOSE_CODE_INVALID_TOKEN);
  EXPECT_EQ(CloseCodeOf(absl::PermissionDeniedError("")),
            gatehouse::v1::CLOSE_CODE_PERMISSION_DENIED);
  EXPECT_EQ(CloseCodeOf(absl::ResourceExhaustedError("")),
            gatehouse::v1::CLOSE_CODE_TOO_MANY_REQUESTS);
  EXPECT_EQ(CloseCodeOf(absl::UnavailableError("")), gatehouse::v1::CLOSE_CODE_SHUTDOWN);
  EXPECT_EQ(CloseCodeOf(absl::InvalidArgumentError("")), gatehouse::v1::CLOSE_CODE_BAD_REQUEST);
  EXPECT_EQ(CloseCodeOf(absl::DataLossError("")), gatehouse::v1::CLOSE_CODE_SERVER_ERROR);
}

}  // namespace
}  // namespace edge
