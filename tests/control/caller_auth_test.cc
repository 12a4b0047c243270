#include "control/caller_auth.h"

#include <gmock/gmock.h>

#include "tests/control/control_rig.h"

namespace control {
namespace {

using testing::HasSubstr;
using testing::Not;

gatehouse::v1::ControlSettings KeySettings() {
  auto settings = LoopbackSettings();
  settings.set_allow_unauthenticated(false);
  auto& full = *settings.add_api_keys();
  full.set_name("full");
  full.set_sha256(Sha256Hex("full-key"));
  auto& nodes = *settings.add_api_keys();
  nodes.set_name("nodes");
  nodes.set_sha256(Sha256Hex("nodes-key"));
  nodes.add_rpcs("GetNodes");
  return settings;
}

grpc::Status CallWith(ControlRig& rig, const std::string& authorization) {
  return rig.CallBytes("GetNodes", "", "", nullptr, [&](grpc::ClientContext& context) {
    context.AddMetadata("authorization", authorization);
  });
}

TEST(CallerAuthTest, AKnownKeyMayCall) {
  ControlRig rig(KeySettings());
  EXPECT_TRUE(rig.CallJson("GetNodes", "{}", "full-key").ok());
  EXPECT_TRUE(rig.CallJson("Kick", R"({"user":"a"})", "full-key").ok());
}

TEST(CallerAuthTest, NoKeyIsUnauthenticated) {
  ControlRig rig(KeySettings());
  const grpc::Status status = rig.CallJson("GetNodes", "{}");
  EXPECT_EQ(status.error_code(), grpc::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(status), "KEY_MISSING");
  EXPECT_EQ(rig.node.calls(), 0u);
}

TEST(CallerAuthTest, AnUnknownKeyIsUnauthenticatedAndNotSaidBack) {
  ControlRig rig(KeySettings());
  const grpc::Status status = rig.CallJson("GetNodes", "{}", "full-kez");
  EXPECT_EQ(status.error_code(), grpc::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(status), "KEY_UNKNOWN");
  EXPECT_THAT(status.error_message(), Not(HasSubstr("full-kez")));
  EXPECT_EQ(rig.node.calls(), 0u);
}

TEST(CallerAuthTest, TheHashIsNotTheKey) {
  ControlRig rig(KeySettings());
  EXPECT_EQ(rig.CallJson("GetNodes", "{}", Sha256Hex("full-key")).error_code(),
            grpc::UNAUTHENTICATED);
}

TEST(CallerAuthTest, TheSchemeIsBearerInAnyCase) {
  ControlRig rig(KeySettings());
  EXPECT_TRUE(CallWith(rig, "bearer full-key").ok());
  EXPECT_TRUE(CallWith(rig, "BEARER full-key").ok());
  EXPECT_EQ(ReasonOf(CallWith(rig, "Basic full-key")), "KEY_MALFORMED");
  EXPECT_EQ(ReasonOf(CallWith(rig, "full-key")), "KEY_MALFORMED");
  EXPECT_EQ(ReasonOf(CallWith(rig, "Bearer")), "KEY_MALFORMED");
}

TEST(CallerAuthTest, TwoKeysAreRefused) {
  ControlRig rig(KeySettings());
  const grpc::Status status = rig.CallBytes("GetNodes", "", "full-key", nullptr, [](auto& context) {
    context.AddMetadata("authorization", "Bearer full-key");
  });
  EXPECT_EQ(status.error_code(), grpc::UNAUTHENTICATED);
}

TEST(CallerAuthTest, AKeyMayCallItsRpcsOnly) {
  ControlRig rig(KeySettings());
  EXPECT_TRUE(rig.CallJson("GetNodes", "{}", "nodes-key").ok());
  const grpc::Status status = rig.CallJson("Kick", R"({"user":"a"})", "nodes-key");
  EXPECT_EQ(status.error_code(), grpc::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(status), "RPC_NOT_ALLOWED");
  EXPECT_THAT(status.error_message(), HasSubstr("Kick"));
  EXPECT_EQ(rig.node.kick.count(), 0u);
}

TEST(CallerAuthTest, StreamsAskForTheKeyToo) {
  ControlRig rig(KeySettings());
  Context broadcast_context;
  const auto broadcast = rig.stub->BroadcastStream(&broadcast_context);
  EXPECT_EQ(broadcast->Finish().error_code(), grpc::UNAUTHENTICATED);
  Context watch_context;
  watch_context.AddMetadata("authorization", "Bearer nodes-key");
  v1::WatchPresenceRequest request;
  request.add_rooms("a");
  const auto watch = rig.stub->WatchPresence(&watch_context, request);
  EXPECT_EQ(watch->Finish().error_code(), grpc::PERMISSION_DENIED);
  EXPECT_EQ(rig.node.calls(), 0u);
}

TEST(CallerAuthTest, ACallerIsKnownBeforeItsRequestIsRead) {
  ControlRig rig(KeySettings());
  EXPECT_EQ(rig.CallBytes("Broadcast", "\x0a\x7f").error_code(), grpc::UNAUTHENTICATED);
}

TEST(CallerAuthTest, WhereNoKeyIsNeededAWrongOneIsStillRefused) {
  ControlRig rig;
  EXPECT_TRUE(rig.CallJson("GetNodes", "{}").ok());
  EXPECT_EQ(rig.CallJson("GetNodes", "{}", "wrong").error_code(), grpc::UNAUTHENTICATED);
}

TEST(CallerAuthTest, ABadHashOrADoubleNameIsAnErrorOfTheSettings) {
  edge::FakeNodeApi node;
  auto settings = KeySettings();
  settings.mutable_api_keys(0)->set_sha256("abc");
  EXPECT_EQ(ControlServer::Start(settings, node).status().code(),
            absl::StatusCode::kInvalidArgument);
  settings = KeySettings();
  settings.mutable_api_keys(1)->set_name("full");
  EXPECT_EQ(ControlServer::Start(settings, node).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace control
