#include "edge/proxy/route_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/string_view.h"

namespace edge {
namespace {

using testing::HasSubstr;

gatehouse::v1::ProxySettings WithUpstream() {
  gatehouse::v1::ProxySettings settings;
  settings.add_upstreams()->set_name("app");
  return settings;
}

gatehouse::v1::ProxyRouteSettings& Add(gatehouse::v1::ProxySettings& settings,
                                       const std::string& path = "/") {
  auto& route = *settings.add_routes();
  route.set_path(path);
  route.set_redirect_status(308);
  return route;
}

// The index of the route in order; -1: Gatehouse's own.
int Matched(const RouteTable& table, const std::string& target, const std::string& headers = "",
            const std::string& host = "a") {
  const std::string head =
      "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "\r\n";
  RequestHead request;
  EXPECT_FALSE(ParseRequestHead(head, request)) << head;
  const auto path = NormalPath(request.path);
  EXPECT_TRUE(path.has_value()) << target;
  const Route* const route = table.Match(request, *path);
  return route == nullptr ? -1 : std::stoi(route->redirect.substr(1));
}

TEST(RouteTableTest, PathsAreNormalBeforeTheyAreMatched) {
  EXPECT_EQ(NormalPath("/a/../b/./c?x=/../y"), "/b/c");
  EXPECT_EQ(NormalPath("//a//b/"), "/a/b/");
  EXPECT_EQ(NormalPath("/%61dmin/%2e%2e/x"), "/x");
  EXPECT_EQ(NormalPath("/"), "/");
  EXPECT_EQ(NormalPath("/a/.."), "/");
  EXPECT_EQ(NormalPath("/.."), std::nullopt);
  EXPECT_EQ(NormalPath("/%00"), std::nullopt);
  EXPECT_EQ(NormalPath("/%zz"), std::nullopt);
}

TEST(RouteTableTest, FirstMatchIsTaken) {
  gatehouse::v1::ProxySettings settings;
  Add(settings, "/api").set_redirect("/0");
  Add(settings, "/api/v2").set_redirect("/1");
  Add(settings, "/files/").set_redirect("/2");
  const auto table = RouteTable::Make(settings);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(Matched(*table, "/api"), 0);
  EXPECT_EQ(Matched(*table, "/api/v2"), 0);
  EXPECT_EQ(Matched(*table, "/%61pi?x"), 0);
  EXPECT_EQ(Matched(*table, "/apis"), -1);
  EXPECT_EQ(Matched(*table, "/files/a"), 2);
  EXPECT_EQ(Matched(*table, "/files"), -1);
  EXPECT_EQ(Matched(*table, "/x/../api"), 0);
}

TEST(RouteTableTest, HostsMatchExactlyOrBelow) {
  gatehouse::v1::ProxySettings settings;
  auto& exact = Add(settings);
  exact.set_redirect("/0");
  exact.set_host("App.example.com");
  auto& below = Add(settings);
  below.set_redirect("/1");
  below.set_host("*.example.com");
  const auto table = RouteTable::Make(settings);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(Matched(*table, "/", "", "APP.example.com:8080"), 0);
  EXPECT_EQ(Matched(*table, "/", "", "b.example.com"), 1);
  EXPECT_EQ(Matched(*table, "/", "", "example.com"), -1);
  EXPECT_EQ(Matched(*table, "/", "", "evilexample.com"), -1);
}

TEST(RouteTableTest, HeadersMatchByNameOrValue) {
  gatehouse::v1::ProxySettings settings;
  auto& value = Add(settings);
  value.set_redirect("/0");
  value.set_header("X-Beta: yes");
  auto& name = Add(settings);
  name.set_redirect("/1");
  name.set_header("X-Beta");
  const auto table = RouteTable::Make(settings);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(Matched(*table, "/", "x-beta: yes\r\n"), 0);
  EXPECT_EQ(Matched(*table, "/", "x-beta: no\r\n"), 1);
  EXPECT_EQ(Matched(*table, "/"), -1);
}

TEST(RouteTableTest, WebSocketsPassOverRoutesThatDoNotLetThemThrough) {
  gatehouse::v1::ProxySettings settings = WithUpstream();
  Add(settings, "/").set_upstream("app");
  const std::string head =
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  RequestHead request;
  ASSERT_FALSE(ParseRequestHead(head, request));
  EXPECT_EQ(RouteTable::Make(settings)->Match(request, "/ws"), nullptr);
  settings.mutable_routes(0)->set_websocket(true);
  EXPECT_NE(RouteTable::Make(settings)->Match(request, "/ws"), nullptr);
}

TEST(RouteTableTest, MistakesAreNamed) {
  const auto problem = [](auto adjust) {
    gatehouse::v1::ProxySettings settings = WithUpstream();
    adjust(Add(settings));
    return std::string(RouteTable::Make(settings).status().message());
  };
  EXPECT_THAT(problem([](auto&) {}), HasSubstr("proxy.routes[0] needs exactly one"));
  EXPECT_THAT(problem([](auto& route) { route.set_upstream("none"); }), HasSubstr(".upstream"));
  EXPECT_THAT(problem([](auto& route) {
                route.set_upstream("app");
                route.set_gatehouse(true);
              }),
              HasSubstr("exactly one"));
  EXPECT_THAT(problem([](auto& route) {
                route.set_gatehouse(true);
                route.set_websocket(true);
              }),
              HasSubstr(".websocket"));
  EXPECT_THAT(problem([](auto& route) { route.set_redirect("ftp://x"); }), HasSubstr(".redirect"));
  EXPECT_THAT(problem([](auto& route) {
                route.set_redirect("/x");
                route.set_redirect_status(304);
              }),
              HasSubstr(".redirect_status"));
  EXPECT_THAT(problem([](auto& route) { route.set_path("a/../b"); }), HasSubstr(".path"));
  EXPECT_THAT(problem([](auto& route) { route.set_host("a:80"); }), HasSubstr(".host"));
  EXPECT_THAT(problem([](auto& route) { route.set_header("a b"); }), HasSubstr(".header"));
}

}  // namespace
}  // namespace edge
