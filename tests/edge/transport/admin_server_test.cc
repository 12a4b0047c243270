#include "edge/transport/admin_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/test_client.h"

namespace edge {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

class AdminServerTest : public testing::Test {
 protected:
  AdminServerTest() {
    auto started = AdminServer::Start(
        io, "127.0.0.1:0",
        {.not_ready = [this] { return std::string(ready.load() ? "" : "no keys"); },
         .metrics = [] { return "m 1\n"; }});
    GATEHOUSE_CHECK(started.ok(), "no port for a test");
    server = *std::move(started);
    thread = std::thread([this] { io.run(); });
  }
  ~AdminServerTest() override {
    io.stop();
    thread.join();
  }
  std::string Get(const std::string& target, const std::string& method = "GET") {
    TestClient client(server->address());
    client.Send(method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    return client.ReadAll();
  }

  std::atomic<bool> ready = true;
  boost::asio::io_context io{1};
  std::unique_ptr<AdminServer> server;
  std::thread thread;
};

TEST_F(AdminServerTest, SaysThatItLives) {
  EXPECT_EQ(HttpStatusIn(Get("/livez")), 200);
}

TEST_F(AdminServerTest, SaysWhetherItIsReady) {
  EXPECT_EQ(HttpStatusIn(Get("/readyz")), 200);
  ready = false;
  const std::string answer = Get("/readyz");
  EXPECT_EQ(HttpStatusIn(answer), 503);
  EXPECT_THAT(answer, EndsWith("\r\n\r\nno keys\n"));
}

TEST_F(AdminServerTest, ServesMetricsAsPrometheusReadsThem) {
  const std::string answer = Get("/metrics");
  EXPECT_THAT(answer, HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(answer, EndsWith("m 1\n"));
}

TEST_F(AdminServerTest, RefusesOtherPathsMethodsAndLongHeads) {
  EXPECT_EQ(HttpStatusIn(Get("/secret")), 404);
  EXPECT_EQ(HttpStatusIn(Get("/livez", "POST")), 405);
  EXPECT_EQ(HttpStatusIn(Get("/" + std::string(10000, 'x'))), 0);
}

TEST_F(AdminServerTest, TakenOrMissingAddressIsAnError) {
  boost::asio::io_context other;
  EXPECT_EQ(AdminServer::Start(other, server->address(), {}).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(AdminServer::Start(other, "nonsense", {}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace edge
