#include "edge/protocol/error_code.h"

#include <gtest/gtest.h>

namespace edge {
namespace {

TEST(ClientErrorCodeTest, EveryStatusHasItsDocumentedWord) {
  EXPECT_EQ(ClientErrorCode(absl::InvalidArgumentError("")), "bad_request");
  EXPECT_EQ(ClientErrorCode(absl::PermissionDeniedError("")), "permission_denied");
  EXPECT_EQ(ClientErrorCode(absl::NotFoundError("")), "not_found");
  EXPECT_EQ(ClientErrorCode(absl::FailedPreconditionError("")), "not_joined");
  EXPECT_EQ(ClientErrorCode(absl::AlreadyExistsError("")), "already_joined");
  EXPECT_EQ(ClientErrorCode(absl::ResourceExhaustedError("")), "limit_exceeded");
  EXPECT_EQ(ClientErrorCode(absl::UnauthenticatedError("")), "unauthenticated");
  EXPECT_EQ(ClientErrorCode(absl::UnavailableError("")), "unavailable");
}

TEST(ClientErrorCodeTest, TheApplicationsOwnCodeComesFirst) {
  const absl::Status status = WithClientCode(absl::NotFoundError("gone"), "no_stock");
  EXPECT_EQ(ClientErrorCode(status), "no_stock");
  EXPECT_TRUE(HasClientCode(status));
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(HasClientCode(absl::NotFoundError("gone")));
}

TEST(ClientErrorCodeTest, AnythingElseIsInternal) {
  EXPECT_EQ(ClientErrorCode(absl::InternalError("")), "internal");
  EXPECT_EQ(ClientErrorCode(absl::UnknownError("")), "internal");
}

}  // namespace
}  // namespace edge
