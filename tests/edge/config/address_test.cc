#include "edge/config/address.h"

#include <gtest/gtest.h>

#include <string>

namespace edge {
namespace {

TEST(AddressTest, HostAndPortAreTakenApart) {
  const auto v4 = ParseAddress("127.0.0.1:8080");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->host, "127.0.0.1");
  EXPECT_EQ(v4->port, 8080);
  const auto v6 = ParseAddress("[::1]:0");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->port, 0);
  EXPECT_EQ(ParseAddress("edge-1.example.com:65535")->host, "edge-1.example.com");
}

TEST(AddressTest, WhatIsNoAddressIsRefused) {
  for (const char* text : {"",
                           "8080",
                           ":8080",
                           "localhost",
                           "localhost:",
                           "localhost:65536",
                           "localhost:-1",
                           "localhost:080",
                           "::1:8080",
                           "[::1]",
                           "[::1:8080",
                           "[127.0.0.1]:1",
                           "[]:1",
                           "unix:/a:1",
                           "a b:1",
                           "http://a:1",
                           "a/b:1",
                           "*:80",
                           ".a:1",
                           "-a:1"}) {
    EXPECT_FALSE(ParseAddress(text)) << text;
  }
}

TEST(AddressTest, MistypedNumbersAreNoNames) {
  EXPECT_FALSE(ParseAddress("256.1.1.1:80"));
  EXPECT_FALSE(ParseAddress("127.0.1:80"));
  EXPECT_FALSE(ParseAddress("1:80"));
}

TEST(AddressTest, ZeroByteDoesNotHideTheRest) {
  const std::string hidden("[::1\0.example]:80", 17);
  EXPECT_FALSE(ParseAddress(hidden));
}

TEST(AddressTest, OverlongHostIsRefused) {
  EXPECT_TRUE(ParseAddress(std::string(253, 'a') + ":1"));
  EXPECT_FALSE(ParseAddress(std::string(254, 'a') + ":1"));
}

TEST(AddressTest, LoopbackIsKnownInAllItsForms) {
  for (const char* text :
       {"127.0.0.1:1", "127.255.0.9:1", "[::1]:1", "[0:0:0:0:0:0:0:1]:1", "localhost:1"}) {
    EXPECT_TRUE(ParseAddress(text)->IsLoopback()) << text;
  }
  for (const char* text : {"0.0.0.0:1", "[::]:1", "128.0.0.1:1", "10.0.0.1:1", "[::2]:1",
                           "localhost.example.com:1", "127.0.0.1.example.com:1"}) {
    EXPECT_FALSE(ParseAddress(text)->IsLoopback()) << text;
  }
}

TEST(AddressTest, AnyIsEveryAddressOfTheMachine) {
  EXPECT_TRUE(ParseAddress("0.0.0.0:1")->IsAny());
  EXPECT_TRUE(ParseAddress("[::]:1")->IsAny());
  EXPECT_FALSE(ParseAddress("127.0.0.1:1")->IsAny());
  EXPECT_FALSE(ParseAddress("edge:1")->IsAny());
}

}  // namespace
}  // namespace edge
