#include "edge/hooks/hook_signer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(HookSignerTest, SignsTimeAndBodyByEachKey) {
  gatehouse::v1::HookServiceSettings settings;
  settings.add_signing_keys()->set_secret("a secret of the tests, long enough");
  settings.add_signing_keys()->set_secret("the one before it, as long as it is");
  const absl::StatusOr<HookSigner> signer = HookSigner::Load(settings);
  ASSERT_TRUE(signer.ok());
  // python3 -c "import hmac; print(hmac.digest(SECRET, b'1767225600.{}', 'sha256').hex())"
  EXPECT_EQ(signer->HeadersFor(1767225600999, "{}"),
            "Gatehouse-Time: 1767225600\r\nGatehouse-Signature: "
            "d1ab52b477e9a7fd72e06bfe46e08d928ec6647b413ce07de8e659a2a67a3069,"
            "deefd312e225223d6722a2593e3a508ead2d3f7e90d03d1338055afe1218727b\r\n");
}

TEST(HookSignerTest, WithoutAKeyNothingIsSigned) {
  EXPECT_EQ(HookSigner::Load({})->HeadersFor(1767225600999, "{}"), "");
}

TEST(HookSignerTest, RefusesAShortSecretWithoutShowingIt) {
  gatehouse::v1::HookServiceSettings settings;
  settings.set_name("app");
  settings.add_signing_keys()->set_secret("hunter2");
  const absl::Status status = HookSigner::Load(settings).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("'app'"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace edge
