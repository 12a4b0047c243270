#include "edge/proxy/forwarded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace edge {
namespace {

using testing::HasSubstr;
using testing::Not;

TrustedNetworks Trust(const std::vector<std::string>& networks) {
  auto trusted = TrustedNetworks::Parse(networks);
  EXPECT_TRUE(trusted.ok()) << trusted.status();
  return *trusted;
}

RequestHead Parse(const std::string& head) {
  RequestHead request;
  EXPECT_FALSE(ParseRequestHead(head, request)) << head;
  return request;
}

std::string With(const std::string& headers) {
  return "GET / HTTP/1.1\r\nHost: app\r\n" + headers + "\r\n";
}

TEST(ForwardedTest, NetworksContainTheirAddressesOnly) {
  const TrustedNetworks trusted = Trust({"10.1.0.0/16", "2001:db8::/33", "192.0.2.7"});
  EXPECT_TRUE(trusted.Contains("10.1.255.1"));
  EXPECT_FALSE(trusted.Contains("10.2.0.1"));
  EXPECT_TRUE(trusted.Contains("::ffff:10.1.0.1"));
  EXPECT_TRUE(trusted.Contains("2001:db8:7fff::1"));
  EXPECT_FALSE(trusted.Contains("2001:db8:8000::1"));
  EXPECT_TRUE(trusted.Contains("192.0.2.7"));
  EXPECT_FALSE(trusted.Contains("192.0.2.8"));
  EXPECT_FALSE(trusted.Contains("name"));
  EXPECT_FALSE(Trust({}).Contains("10.1.0.1"));
}

TEST(ForwardedTest, WhatIsNoNetworkIsRefused) {
  for (const char* text : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "::/129", "host", "1.2"}) {
    EXPECT_FALSE(TrustedNetworks::Parse({text}).ok()) << text;
  }
}

TEST(ForwardedTest, HostOfAddressIsWithoutPortAndBrackets) {
  EXPECT_EQ(HostOfAddress("192.0.2.1:80"), "192.0.2.1");
  EXPECT_EQ(HostOfAddress("[2001:db8::1]:80"), "2001:db8::1");
  EXPECT_EQ(HostOfAddress("2001:db8::1"), "2001:db8::1");
  EXPECT_EQ(HostOfAddress("app.example.com"), "app.example.com");
}

TEST(ForwardedTest, NobodyButATrustedPeerSpeaksForOthers) {
  const TrustedNetworks trusted = Trust({"10.0.0.0/8"});
  const std::string head = With("X-Forwarded-For: 192.0.2.9, 10.0.0.2\r\n");
  const RequestHead request = Parse(head);
  EXPECT_EQ(ClientOf({.address = "203.0.113.1"}, trusted, request), "203.0.113.1");
  EXPECT_EQ(ClientOf({.address = "10.0.0.1", .trusted = true}, trusted, request), "192.0.2.9");
}

TEST(ForwardedTest, ClientIsTheLastAddressThatIsNotTrusted) {
  const TrustedNetworks trusted = Trust({"10.0.0.0/8"});
  const Peer peer{.address = "10.0.0.1", .trusted = true};
  // What stands before it may be invented.
  const std::string forged = With("X-Forwarded-For: 1.1.1.1, 192.0.2.9, 10.0.0.3\r\n");
  EXPECT_EQ(ClientOf(peer, trusted, Parse(forged)), "192.0.2.9");
  const std::string element = With("Forwarded: for=\"[2001:db8::9]:4711\";proto=https\r\n");
  EXPECT_EQ(ClientOf(peer, trusted, Parse(element)), "2001:db8::9");
  const std::string unknown = With("Forwarded: for=1.1.1.1, for=unknown\r\n");
  EXPECT_EQ(ClientOf(peer, trusted, Parse(unknown)), "10.0.0.1");
}

TEST(ForwardedTest, UntrustedClaimsAreNotPassedOn) {
  const std::string head = With("X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\n");
  std::string out;
  AppendForwarded({.address = "203.0.113.1"}, "203.0.113.1", Parse(head), out);
  EXPECT_THAT(out, HasSubstr("X-Forwarded-For: 203.0.113.1\r\n"));
  EXPECT_THAT(out, HasSubstr("X-Forwarded-Proto: http\r\n"));
  EXPECT_THAT(out, HasSubstr("X-Forwarded-Host: app\r\n"));
  EXPECT_THAT(out, HasSubstr("Forwarded: for=203.0.113.1;host=\"app\";proto=http\r\n"));
  EXPECT_THAT(out, Not(HasSubstr("1.1.1.1")));
}

TEST(ForwardedTest, TrustedClaimsAreKeptAndAddedTo) {
  const std::string head = With(
      "X-Forwarded-For: 192.0.2.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: outer\r\n"
      "Forwarded: for=192.0.2.9\r\n");
  std::string out;
  AppendForwarded({.address = "2001:db8::1", .trusted = true, .tls = true}, "192.0.2.9",
                  Parse(head), out);
  EXPECT_THAT(out, HasSubstr("X-Forwarded-For: 192.0.2.9, 2001:db8::1\r\n"));
  EXPECT_THAT(out, HasSubstr("X-Forwarded-Proto: https\r\n"));
  EXPECT_THAT(out, HasSubstr("X-Forwarded-Host: outer\r\n"));
  EXPECT_THAT(out, HasSubstr("X-Real-IP: 192.0.2.9\r\n"));
  EXPECT_THAT(out, HasSubstr("Forwarded: for=192.0.2.9, for=\"[2001:db8::1]\";host=\"app\";"
                             "proto=https\r\n"));
}

TEST(ForwardedTest, NamesThatTellOfTheOriginAreKnownInAnyWriting) {
  for (const char* name :
       {"Forwarded", "x-forwarded-for", "X_Forwarded_For", "X-Real_IP", "X-Forwarded-Anything"}) {
    EXPECT_TRUE(TellsOrigin(name)) << name;
  }
  EXPECT_FALSE(TellsOrigin("X-Forwarded"));
  EXPECT_FALSE(TellsOrigin("Accept"));
}

}  // namespace
}  // namespace edge
