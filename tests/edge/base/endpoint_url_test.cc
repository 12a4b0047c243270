#include "edge/base/endpoint_url.h"

#include <gtest/gtest.h>

namespace edge {
namespace {

TEST(EndpointUrlTest, ReadsItsParts) {
  const auto url = ParseEndpointUrl("HTTP://app.internal:8000/hooks/v1/");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "http");
  EXPECT_EQ(url->host, "app.internal");
  EXPECT_EQ(url->port, 8000);
  EXPECT_EQ(url->path, "/hooks/v1/");
  EXPECT_EQ(url->Authority(), "app.internal:8000");
}

TEST(EndpointUrlTest, PortAndPathMayBeLeftOut) {
  const auto url = ParseEndpointUrl("https://app");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->port, 0);
  EXPECT_EQ(url->path, "");
}

TEST(EndpointUrlTest, AnIpv6AddressIsInBrackets) {
  const auto url = ParseEndpointUrl("grpc://[::1]:50051");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->Authority(), "[::1]:50051");
  EXPECT_FALSE(ParseEndpointUrl("grpc://::1:50051"));
}

TEST(EndpointUrlTest, RefusesWhatIsNoSuchUrl) {
  for (const char* const bad :
       {"", "http", "http:/a", "://a", "http://", "http://:80", "http://a:0", "http://a:65536",
        "http://a:8x", "http://user@a", "http://a/?q=1", "http://a/#f", "http://a/ b",
        "http://a\r\n", "http://a/\r\nX: y", "h2tp://a", "http://[::1", "http://a b"}) {
    EXPECT_FALSE(ParseEndpointUrl(bad)) << bad;
  }
}

}  // namespace
}  // namespace edge
