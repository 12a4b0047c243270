#include "control/status_details.h"

#include <gmock/gmock.h>

#include "control/grpc_status.h"
#include "tests/control/control_rig.h"

namespace control {
namespace {

using testing::ElementsAre;

TEST(GrpcStatusTest, KeepsCodeAndMessageAndAddsAReason) {
  const grpc::Status status = ToGrpcStatus(absl::ResourceExhaustedError("full"));
  EXPECT_EQ(status.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status.error_message(), "full");
  EXPECT_EQ(DetailsOf(status).code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(DetailsOf(status).message(), "full");
  EXPECT_EQ(ReasonOf(status), "OVERLOADED");
}

TEST(GrpcStatusTest, OkHasNoDetails) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
  EXPECT_EQ(ToGrpcStatus(absl::OkStatus()).error_details(), "");
}

TEST(GrpcStatusTest, AReasonGivenIsTheOnlyOne) {
  const google::rpc::Status status =
      ToRpcStatus(WithReason(absl::UnauthenticatedError("x"), "KEY_UNKNOWN"));
  EXPECT_EQ(status.details_size(), 1);
  EXPECT_EQ(ReasonOf(status), "KEY_UNKNOWN");
}

TEST(GrpcStatusTest, NamesTheWrongFields) {
  const grpc::Status status = ToGrpcStatus(BadField("rooms[1]", "is empty"));
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "rooms[1]: is empty");
  EXPECT_THAT(FieldsOf(status), ElementsAre("rooms[1]"));
  EXPECT_EQ(ReasonOf(status), "FIELD_INVALID");
}

TEST(GrpcStatusTest, ALongMessageIsCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += "é";
  text.insert(0, "x");
  const grpc::Status status = ToGrpcStatus(absl::InternalError(text));
  EXPECT_LE(status.error_message().size(), 515u);
  EXPECT_TRUE(IsUtf8(status.error_message()));
}

TEST(PageTokenErrorTest, IsAboutTheTokenOnlyWhenTheArgumentWas) {
  EXPECT_THAT(FieldsOf(ToRpcStatus(PageTokenError(absl::InvalidArgumentError("x")))),
              ElementsAre("page_token"));
  EXPECT_EQ(PageTokenError(absl::ResourceExhaustedError("x")), absl::ResourceExhaustedError("x"));
}

}  // namespace
}  // namespace control
