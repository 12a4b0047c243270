// The server as a whole: addresses, reflection, health, drain.
#include "control/control_server.h"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "control/call.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/control/control_rig.h"

namespace control {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "control_XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string File(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

TEST(ControlServerTest, SaysThePortThatItBound) {
  ControlRig rig;
  EXPECT_THAT(rig.server->address(),
              AllOf(StartsWith("127.0.0.1:"), Not(StartsWith("127.0.0.1:0"))));
}

TEST(ControlServerTest, AnAddressInUseIsAClearError) {
  ControlRig rig;
  auto settings = LoopbackSettings();
  settings.set_listen(rig.server->address());
  const absl::Status status = ControlServer::Start(settings, rig.node).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("control.listen"), HasSubstr(rig.server->address()),
                    HasSubstr("Address already in use")));
}

TEST(ControlServerTest, AnAddressOfAnotherMachineIsAClearError) {
  edge::FakeNodeApi node;
  auto settings = LoopbackSettings();
  settings.set_listen("192.0.2.1:0");
  const absl::Status status = ControlServer::Start(settings, node).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("Cannot assign requested address"));
}

TEST(ControlServerTest, WithoutAnAddressThereIsNoApi) {
  edge::FakeNodeApi node;
  auto settings = LoopbackSettings();
  settings.set_listen("");
  const auto server = ControlServer::Start(settings, node);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ((*server)->address(), "");
}

gatehouse::v1::ControlSettings UnixSettings(const std::string& path) {
  auto settings = LoopbackSettings();
  settings.set_listen("");
  settings.set_unix_socket(path);
  settings.set_unix_socket_mode(0600);
  return settings;
}

TEST(ControlServerTest, ServesAUnixSocketOfItsMode) {
  const Folder folder;
  const std::string path = folder.File("control 1.sock");
  ControlRig rig(UnixSettings(path));
  EXPECT_EQ(rig.server->address(), "unix:" + path);
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, mode_t{0600});
  const auto channel = grpc::CreateChannel("unix:" + folder.File("control%201.sock"),
                                           grpc::InsecureChannelCredentials());
  Context context;
  v1::GetNodesResponse response;
  const grpc::Status status =
      v1::ControlService::NewStub(channel)->GetNodes(&context, {}, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST(ControlServerTest, ServesBothListenersAtOnce) {
  const Folder folder;
  auto settings = UnixSettings(folder.File("c.sock"));
  settings.set_listen("127.0.0.1:0");
  ControlRig rig(settings);
  EXPECT_TRUE(rig.CallJson("GetNodes", "{}").ok());
  rig.channel =
      grpc::CreateChannel("unix:" + folder.File("c.sock"), grpc::InsecureChannelCredentials());
  EXPECT_TRUE(rig.CallJson("GetNodes", "{}").ok());
}

TEST(ControlServerTest, ReplacesASocketThatNobodyListensOn) {
  const Folder folder;
  const std::string path = folder.File("c.sock");
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(fd);
  ASSERT_TRUE(std::filesystem::exists(path));
  ControlRig rig(UnixSettings(path));
  EXPECT_TRUE(rig.CallJson("GetNodes", "{}").ok());
}

TEST(ControlServerTest, LeavesASocketThatSomebodyListensOn) {
  const Folder folder;
  ControlRig first(UnixSettings(folder.File("c.sock")));
  edge::FakeNodeApi node;
  const absl::Status status =
      ControlServer::Start(UnixSettings(folder.File("c.sock")), node).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("another process listens"));
  EXPECT_TRUE(first.CallJson("GetNodes", "{}").ok());
}

// What the reflection service answers, as JSON.
std::string Reflect(ControlRig& rig, const std::string& json) {
  std::ostringstream out;
  const absl::Status status =
      RunCall({.method = "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
               .json = json,
               .target = rig.server->address(),
               .timeout_millis = 20'000},
              out);
  return status.ok() ? out.str() : std::string(status.message());
}

TEST(ReflectionTest, ListsTheServices) {
  ControlRig rig;
  EXPECT_THAT(Reflect(rig, R"({"listServices":""})"),
              AllOf(HasSubstr(R"("gatehouse.v1.ControlService")"),
                    HasSubstr(R"("grpc.health.v1.Health")")));
}

TEST(ReflectionTest, DescribesTheServices) {
  ControlRig rig;
  for (const std::string symbol : {"grpc.health.v1.Health", "gatehouse.v1.ControlService"}) {
    EXPECT_THAT(Reflect(rig, R"({"fileContainingSymbol":")" + symbol + R"("})"),
                HasSubstr("fileDescriptorProto"));
  }
}

TEST(ReflectionTest, IsOffWhenTheSettingsSaySo) {
  auto settings = LoopbackSettings();
  settings.set_reflection(false);
  ControlRig rig(settings);
  EXPECT_THAT(Reflect(rig, R"({"listServices":""})"), HasSubstr("UNIMPLEMENTED"));
}

grpc::Status CheckHealth(ControlRig& rig, const std::string& service,
                         HealthCheckResponse& response) {
  Context context;
  HealthCheckRequest request;
  request.set_service(service);
  return Health::NewStub(rig.channel)->Check(&context, request, &response);
}

TEST(HealthTest, ServesWithoutAKey) {
  auto settings = LoopbackSettings();
  settings.set_allow_unauthenticated(false);
  ControlRig rig(settings);
  for (const char* service : {"", "gatehouse.v1.ControlService"}) {
    HealthCheckResponse response;
    EXPECT_TRUE(CheckHealth(rig, service, response).ok());
    EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  }
  HealthCheckResponse response;
  EXPECT_EQ(CheckHealth(rig, "other", response).error_code(), grpc::NOT_FOUND);
}

TEST(HealthTest, AWatchIsToldOfTheDrainAndEnds) {
  ControlRig rig;
  Context context;
  const auto watch = Health::NewStub(rig.channel)->Watch(&context, {});
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  const auto begin = std::chrono::steady_clock::now();
  rig.server->Drain();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_EQ(watch->Finish().error_code(), grpc::UNAVAILABLE);
}

TEST(HealthTest, AWatchOfAnUnknownServiceSaysSo) {
  ControlRig rig;
  Context context;
  HealthCheckRequest request;
  request.set_service("other");
  const auto watch = Health::NewStub(rig.channel)->Watch(&context, request);
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);
  context.TryCancel();
  EXPECT_EQ(watch->Finish().error_code(), grpc::CANCELLED);
}

TEST(DrainTest, WaitsForACallUnderWayAndRefusesNewOnes) {
  ControlRig rig;
  rig.node.kick.Hold();
  std::thread caller([&] { EXPECT_TRUE(rig.CallJson("Kick", R"({"user":"a"})").ok()); });
  ASSERT_TRUE(Eventually([&] { return rig.node.kick.count() == 1; }));
  std::thread drain([&] { rig.server->Drain(); });
  ASSERT_TRUE(
      Eventually([&] { return rig.CallJson("GetNodes", "{}").error_code() == grpc::UNAVAILABLE; }));
  rig.node.kick.Release();
  caller.join();
  drain.join();
}

TEST(DrainTest, TwiceIsOnce) {
  ControlRig rig;
  rig.server->Drain();
  rig.server->Drain();
  EXPECT_EQ(rig.CallJson("GetNodes", "{}").error_code(), grpc::UNAVAILABLE);
}

}  // namespace
}  // namespace control
