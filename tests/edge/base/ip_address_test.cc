#include "edge/base/ip_address.h"

#include <gtest/gtest.h>

namespace edge {
namespace {

TEST(CanonicalIpTest, GivesOneSpellingToEachAddress) {
  EXPECT_EQ(CanonicalIp("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(CanonicalIp("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
  EXPECT_EQ(CanonicalIp("2001:db8::1"), "2001:db8::1");
  EXPECT_EQ(CanonicalIp("::1"), "::1");
}

TEST(CanonicalIpTest, AnIpv4AddressInsideIpv6IsIpv4) {
  EXPECT_EQ(CanonicalIp("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(CanonicalIp("::ffff:c000:201"), "192.0.2.1");
}

TEST(CanonicalIpTest, RefusesWhatIsNoAddress) {
  for (const char* text : {"", "localhost", "192.0.2", "192.0.2.256", "192.0.2.1:80", "[::1]",
                           "::1%lo", "192.0.2.01", " 192.0.2.1", ":::"}) {
    EXPECT_FALSE(CanonicalIp(text).has_value()) << text;
  }
  EXPECT_FALSE(CanonicalIp(std::string_view("::1\0x", 5)).has_value());
}

TEST(WithoutPortTest, LeavesTheAddress) {
  EXPECT_EQ(WithoutPort("192.0.2.1:4711"), "192.0.2.1");
  EXPECT_EQ(WithoutPort("[2001:db8::1]:4711"), "2001:db8::1");
  EXPECT_EQ(WithoutPort(""), "");
}

}  // namespace
}  // namespace edge
