// WebSockets that go through to the upstream, and PROXY headers, over real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/edge/proxy/test_proxy.h"
#include "tests/support/test_client.h"
#include "tests/support/test_upstream.h"

namespace edge {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kSwitch =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

void LetThrough(gatehouse::v1::ProxySettings& settings) {
  settings.mutable_routes(0)->set_websocket(true);
}

TEST(ProxyTunnelTest, BytesGoBothWaysAlsoThoseThatCameEarly) {
  const TestUpstream upstream([](TestClient& connection) {
    EXPECT_THAT(connection.ReadHead(), HasSubstr("Upgrade: websocket\r\n"));
    connection.Send(kSwitch + std::string("first"));
    EXPECT_EQ(connection.ReadSome(5), "early");
    connection.Send("second");
    connection.ReadAll();
  });
  const TestProxy proxy({upstream.address()}, LetThrough);
  TestClient client(proxy.address());
  client.Send(UpgradeRequest("/app-socket") + "early");
  EXPECT_THAT(client.ReadHead(), HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
  EXPECT_EQ(client.ReadSome(11), "firstsecond");
  EXPECT_EQ(proxy.metrics().proxy_tunnels.value(), 1);
}

TEST(ProxyTunnelTest, EachSideEndsForItself) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.ReadHead();
    connection.Send(kSwitch);
    const std::string all = connection.ReadAll();
    connection.Send("you said: " + all);
  });
  const TestProxy proxy({upstream.address()}, LetThrough);
  TestClient client(proxy.address());
  client.Send(UpgradeRequest("/s"));
  client.ReadHead();
  client.Send("that is all");
  client.HalfClose();
  EXPECT_EQ(client.ReadAll(), "you said: that is all");
  EXPECT_TRUE(Eventually([&] { return proxy.metrics().proxy_tunnels.value() == 0; }));
}

TEST(ProxyTunnelTest, RefusalGoesThroughAndEndsTheConnection) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.ReadHead();
    connection.Send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    connection.ReadAll();
  });
  const TestProxy proxy({upstream.address()}, LetThrough);
  TestClient client(proxy.address());
  client.Send(UpgradeRequest("/s") + GetRequest("/smuggled"));
  EXPECT_THAT(client.ReadHead(), HasSubstr("403 Forbidden"));
  EXPECT_EQ(client.ReadAll(), "no");
  EXPECT_EQ(upstream.connections(), 1);
}

TEST(ProxyTunnelTest, SwitchThatNobodyAskedForIs502) {
  const TestUpstream upstream([](TestClient& connection) {
    EXPECT_THAT(connection.ReadHead(), Not(HasSubstr("Upgrade")));
    connection.Send(kSwitch);
    connection.ReadAll();
  });
  const TestProxy proxy({upstream.address()});
  TestClient client(proxy.address());
  client.Send(GetRequest("/", "Connection: Upgrade\r\nUpgrade: h2c\r\n"));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 502);
}

TEST(ProxyTunnelTest, SilentTunnelIsClosed) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.ReadHead();
    connection.Send(kSwitch);
    connection.ReadAll();
  });
  const TestProxy proxy({upstream.address()}, [](auto& settings) {
    LetThrough(settings);
    settings.set_tunnel_idle_timeout(100);
  });
  TestClient client(proxy.address());
  client.Send(UpgradeRequest("/s"));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 101);
  EXPECT_EQ(client.ReadAll(), "");
}

TEST(ProxyTunnelTest, ProxyHeaderNamesTheClient) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.Send(OkAnswer(connection.ReadHead()));
    connection.ReadAll();
  });
  const TestProxy proxy({upstream.address()}, [](auto& settings) {
    settings.set_proxy_protocol(true);
    settings.add_trusted_proxies("127.0.0.1");
  });
  TestClient client(proxy.address());
  client.Send("PROXY TCP4 203.0.113.9 192.0.2.1 4711 80\r\n" + GetRequest("/"));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200);
  EXPECT_THAT(client.ReadHead(), HasSubstr("X-Forwarded-For: 203.0.113.9\r\n"));
  TestClient without(proxy.address());
  without.Send(GetRequest("/"));
  EXPECT_EQ(without.ReadAll(), "");
}

TEST(ProxyTunnelTest, ProxyHeaderOfAStrangerIsNotTaken) {
  const TestProxy proxy({"127.0.0.1:1"}, [](auto& settings) {
    settings.set_proxy_protocol(true);
    settings.add_trusted_proxies("192.0.2.1");
  });
  TestClient client(proxy.address());
  client.Send("PROXY TCP4 203.0.113.9 192.0.2.1 4711 80\r\n" + GetRequest("/"));
  EXPECT_EQ(client.ReadAll(), "");
}

TEST(ProxyTunnelTest, ProxyHeaderMayDripIn) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.Send(OkAnswer(connection.ReadHead()));
    connection.ReadAll();
  });
  const TestProxy proxy({upstream.address()}, [](auto& settings) {
    settings.set_proxy_protocol(true);
    settings.add_trusted_proxies("127.0.0.0/8");
  });
  TestClient client(proxy.address());
  const std::string all = "PROXY TCP6 2001:db8::9 2001:db8::1 4711 80\r\n" + GetRequest("/");
  for (const char c : all) client.Send(std::string(1, c));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200);
  EXPECT_THAT(client.ReadHead(), HasSubstr("X-Forwarded-For: 2001:db8::9\r\n"));
}

}  // namespace
}  // namespace edge
