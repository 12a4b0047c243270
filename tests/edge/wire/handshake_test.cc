#include "edge/wire/handshake.h"

#include <gtest/gtest.h>

#include <string>

namespace edge {
namespace {

TEST(AcceptKeyTest, IsTheExampleOfRfc6455) {
  EXPECT_EQ(AcceptKey("dGhlIHNhbXBsZSBub25jZQ==").value(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(AcceptKeyTest, AcceptsEveryLastDigitThatSixteenBytesCanHave) {
  for (const char last : {'A', 'Q', 'g', 'w'}) {
    EXPECT_TRUE(AcceptKey(std::string(21, '+') + last + "==").ok()) << last;
  }
}

class BadKey : public ::testing::TestWithParam<const char*> {};
TEST_P(BadKey, IsRefused) {
  EXPECT_EQ(AcceptKey(GetParam()).status().code(), absl::StatusCode::kInvalidArgument);
}
INSTANTIATE_TEST_SUITE_P(AcceptKeyTest, BadKey,
                         ::testing::Values("", "==", "dGhlIHNhbXBsZSBub25jZQ",
                                           "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ== ",
                                           " dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZR==",
                                           "dGhlIHNhbXBsZSBub25jZQa=", "dGhlIHNhbXBsZSBub25jZQ=a",
                                           "dGhl-HNhbXBsZSBub25jZQ==", "dGhl_HNhbXBsZSBub25jZQ==",
                                           "dGhl=HNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZTE3",
                                           "dGhl\nHNhbXBsZSBub25jZQ==",
                                           "dGhlIHNhbXBsZSBub25jZTEyMw=="));

}  // namespace
}  // namespace edge
