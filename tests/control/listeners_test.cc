#include "control/listeners.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <filesystem>

namespace control {
namespace {

using testing::HasSubstr;

TEST(UnixSocketTest, APathThatIsTooLongIsRefused) {
  const absl::Status status = PrepareUnixSocket("/" + std::string(200, 'x'));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("201 bytes, limit 107"));
}

TEST(UnixSocketTest, AFileThatIsNoSocketIsLeftAlone) {
  const std::string path = testing::TempDir() + "/control_no_socket";
  std::fclose(std::fopen(path.c_str(), "w"));
  EXPECT_EQ(PrepareUnixSocket(path).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(std::filesystem::exists(path));
  std::filesystem::remove(path);
}

TEST(UnixSocketTest, APathThatDoesNotExistIsFine) {
  EXPECT_TRUE(PrepareUnixSocket(testing::TempDir() + "/control_none").ok());
}

TEST(UnixSocketTest, ThePathIsEncodedForGrpc) {
  EXPECT_EQ(UnixUri("/run/gate house/%1?.sock"), "unix:/run/gate%20house/%251%3F.sock");
}

TEST(AddressTest, ThePortIsReplaced) {
  EXPECT_EQ(WithPort("127.0.0.1:0", 5), "127.0.0.1:5");
  EXPECT_EQ(WithPort("[::1]:0", 5), "[::1]:5");
}

TEST(AddressTest, SaysWhyItCannotBeBound) {
  EXPECT_THAT(WhyNotBound("nonsense"), HasSubstr("HOST:PORT"));
  EXPECT_THAT(WhyNotBound("192.0.2.1:0"), HasSubstr("Cannot assign"));
}

}  // namespace
}  // namespace control
