// The names of the RPCs, where they are written down beside the service's descriptor.
#include "control/rpc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "edge/config/config_loader.h"
#include "gatehouse/v1/control.pb.h"

namespace control {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAreArray;

const google::protobuf::ServiceDescriptor& Service() {
  return *gatehouse::v1::BroadcastRequest::descriptor()->file()->FindServiceByName(
      "ControlService");
}

std::vector<std::string> NamesOfService() {
  std::vector<std::string> names;
  for (int i = 0; i < Service().method_count(); ++i) names.push_back(Service().method(i)->name());
  return names;
}

// What is wrong with a configuration whose one key may call `rpc`.
std::string ErrorsOfKeyWith(const std::string& rpc) {
  edge::ConfigSources sources;
  sources.flags = {{"auth.keys[0].algorithm", "HS256"},
                   {"auth.keys[0].secret", std::string(32, 's')},
                   {"control.api_keys[0].name", "backend"},
                   {"control.api_keys[0].sha256", std::string(64, 'a')},
                   {"control.api_keys[0].rpcs", rpc}};
  return std::string(edge::LoadConfig(sources).status().message());
}

TEST(RpcTest, TheListIsTheServices) {
  const std::vector<std::string_view> names(std::begin(kRpcNames), std::end(kRpcNames));
  EXPECT_THAT(names, UnorderedElementsAreArray(NamesOfService()));
}

TEST(RpcTest, TheStreamsComeLast) {
  for (size_t i = 0; i < std::size(kRpcNames); ++i) {
    const auto* method = Service().FindMethodByName(std::string(kRpcNames[i]));
    ASSERT_NE(method, nullptr) << kRpcNames[i];
    EXPECT_EQ(method->server_streaming(), i >= kFirstStream) << kRpcNames[i];
  }
}

TEST(RpcTest, AKeyMayHaveEachOfThem) {
  for (const std::string& name : NamesOfService()) EXPECT_EQ(ErrorsOfKeyWith(name), "") << name;
}

TEST(RpcTest, TheConfigurationNamesAllThatAreAllowed) {
  const std::string errors = ErrorsOfKeyWith("Nonsense");
  const size_t begin = errors.find("allowed: ");
  ASSERT_NE(begin, std::string::npos) << errors;
  std::string expected = "allowed: ";
  for (const std::string& name : NamesOfService()) {
    expected += (expected.ends_with(": ") ? "" : ", ") + name;
  }
  EXPECT_THAT(errors, HasSubstr(expected));
}

}  // namespace
}  // namespace control
