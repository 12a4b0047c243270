#include <gtest/gtest.h>

#include "edge/hub/session_hooks.h"
#include "edge/protocol/error_code.h"

namespace edge {
namespace {

gatehouse::v1::HookRefusal Refusal(const std::string& code, const std::string& reason) {
  gatehouse::v1::HookRefusal refusal;
  refusal.set_code(code);
  refusal.set_reason(reason);
  return refusal;
}

TEST(HookValuesTest, AKnownCodeIsAStatusToo) {
  EXPECT_EQ(RefusalOf(Refusal("unauthenticated", "")).code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(RefusalOf(Refusal("unavailable", "")).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(RefusalOf(Refusal("", "")).code(), absl::StatusCode::kPermissionDenied);
}

TEST(HookValuesTest, AnOwnCodeReachesTheClientWithItsReason) {
  const absl::Status status = RefusalOf(Refusal("no_stock", "sold out"));
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ClientErrorCode(status), "no_stock");
  EXPECT_EQ(status.message(), "sold out");
  EXPECT_EQ(ClientErrorCode(RefusalOf(Refusal("", ""))), "permission_denied");
}

TEST(HookValuesTest, AnAddressIsToldWithoutItsPort) {
  EXPECT_EQ(WithoutPort("192.0.2.1:4711"), "192.0.2.1");
  EXPECT_EQ(WithoutPort("[2001:db8::1]:4711"), "2001:db8::1");
  EXPECT_EQ(WithoutPort(""), "");
}

}  // namespace
}  // namespace edge
