#include "edge/wire/proxy_header.h"

#include <gtest/gtest.h>

namespace edge {
namespace {

std::string Binary(char command, char family, const std::string& rest, int length = -1) {
  std::string header("\r\n\r\n\0\r\nQUIT\n", 12);
  header += command;
  header += family;
  const int size = length < 0 ? static_cast<int>(rest.size()) : length;
  header += static_cast<char>(size >> 8);
  header += static_cast<char>(size & 0xff);
  return header + rest;
}

const std::string kV4Addresses("\xcb\x00\x71\x09\xc0\x00\x02\x01\x12\x67\x00\x50", 12);

TEST(ProxyHeaderTest, TextNamesTheSource) {
  const std::string v4 = "PROXY TCP4 203.0.113.9 192.0.2.1 4711 80\r\nGET /";
  const auto header = ParseProxyHeader(v4);
  ASSERT_TRUE(header.ok() && header->has_value());
  EXPECT_EQ((*header)->source, "203.0.113.9:4711");
  EXPECT_EQ((*header)->size, v4.size() - 5);
  const auto v6 = ParseProxyHeader("PROXY TCP6 2001:db8::9 ::1 1 65535\r\n");
  ASSERT_TRUE(v6.ok() && v6->has_value());
  EXPECT_EQ((*v6)->source, "[2001:db8::9]:1");
}

TEST(ProxyHeaderTest, UnknownAndLocalNameNobody) {
  for (const std::string& bytes :
       {std::string("PROXY UNKNOWN\r\n"), std::string("PROXY UNKNOWN ffff::1 x 1 2\r\n"),
        Binary('\x20', '\x00', ""), Binary('\x21', '\x31', std::string(216, 'x'))}) {
    const auto header = ParseProxyHeader(bytes);
    ASSERT_TRUE(header.ok() && header->has_value()) << bytes;
    EXPECT_EQ((*header)->source, "");
    EXPECT_EQ((*header)->size, bytes.size());
  }
}

TEST(ProxyHeaderTest, BinaryNamesTheSourceAndPassesOverTheRest) {
  const std::string bytes = Binary('\x21', '\x11', kV4Addresses + "more") + "GET /";
  const auto header = ParseProxyHeader(bytes);
  ASSERT_TRUE(header.ok() && header->has_value());
  EXPECT_EQ((*header)->source, "203.0.113.9:4711");
  EXPECT_EQ((*header)->size, bytes.size() - 5);
}

TEST(ProxyHeaderTest, EveryBeginningWaitsForMore) {
  for (const std::string& bytes : {std::string("PROXY TCP4 203.0.113.9 192.0.2.1 4711 80\r\n"),
                                   Binary('\x21', '\x11', kV4Addresses)}) {
    for (size_t size = 0; size < bytes.size(); ++size) {
      const auto header = ParseProxyHeader(bytes.substr(0, size));
      EXPECT_TRUE(header.ok() && !header->has_value()) << size;
    }
  }
}

TEST(ProxyHeaderTest, WhatIsNoHeaderIsRefused) {
  for (const std::string& bytes :
       {std::string("GET / HTTP/1.1\r\n"), std::string("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n"),
        std::string("PROXY TCP4 ::1 1.2.3.4 1 2\r\n"),
        std::string("PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n"),
        std::string("PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n"),
        std::string("PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n"),
        std::string("PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n"), std::string("PROXY UDP4 a b 1 2\r\n"),
        "PROXY TCP4 " + std::string(200, '1'), Binary('\x11', '\x11', kV4Addresses),
        Binary('\x22', '\x11', kV4Addresses), Binary('\x21', '\x11', "short"),
        Binary('\x21', '\x21', kV4Addresses), Binary('\x21', '\x11', "", 5000)}) {
    EXPECT_FALSE(ParseProxyHeader(bytes).ok()) << bytes;
  }
}

}  // namespace
}  // namespace edge
