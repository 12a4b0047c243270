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

}  // namespace
}  // namespace edge
