// What the proxy answers itself, over real sockets: limits, failures, deadlines; and that requests
// are tried again only where nothing can be done twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/edge/proxy/test_proxy.h"
#include "tests/support/json_field.h"
#include "tests/support/test_client.h"
#include "tests/support/test_upstream.h"

namespace edge {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Answer {
  int status = 0;
  std::string code;
};

Answer Ask(const TestProxy& proxy, const std::string& request) {
  TestClient client(proxy.address());
  client.Send(request);
  const std::string all = client.ReadAll();
  const std::string body = all.substr(std::min(all.find("\r\n\r\n") + 4, all.size()));
  return {HttpStatusIn(all), JsonField(JsonField(body, "error"), "code")};
}

// A port that nobody listens on.
std::string ClosedPort() {
  return TestUpstream([](TestClient&) {}).address();
}

std::string Post(const std::string& headers) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

// Reads and says nothing.
void Silence(TestClient& connection) {
  connection.ReadAll();
}

TEST(ProxyLimitsTest, BodyOverTheLimitIs413) {
  const TestUpstream upstream(Silence);
  const TestProxy proxy({upstream.address()},
                        [](auto& settings) { settings.set_max_body_size(8); });
  EXPECT_EQ(Ask(proxy, Post("Content-Length: 9\r\n")).status, 413);
  const Answer chunked =
      Ask(proxy, Post("Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n5\r\nhello\r\n");
  EXPECT_EQ(chunked.status, 413);
  EXPECT_EQ(chunked.code, "\"body_too_large\"");
}

TEST(ProxyLimitsTest, HeadersOverTheLimitAre431) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.ReadHead();
    connection.Send(OkAnswer(""));
    connection.ReadAll();
  });
  const TestProxy proxy({upstream.address()});
  TestClient client(proxy.address());
  client.Send(GetRequest("/"));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200);
  client.Send(GetRequest("/", "X: " + std::string(20000, 'x') + "\r\n"));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 431);
}

TEST(ProxyLimitsTest, SecondRequestIsCheckedLikeTheFirst) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.ReadHead();
    connection.Send(OkAnswer(""));
    connection.ReadAll();
  });
  const TestProxy proxy({upstream.address()});
  TestClient client(proxy.address());
  client.Send(GetRequest("/"));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200);
  client.Send(Post("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 400);
}

TEST(ProxyLimitsTest, RefusedConnectionIs503) {
  const TestProxy proxy({ClosedPort()});
  const Answer answer = Ask(proxy, GetRequest("/"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.code, "\"upstream_unavailable\"");
}

TEST(ProxyLimitsTest, FullGroupIs503) {
  const TestUpstream upstream(Silence);
  TestProxy proxy({upstream.address()},
                  [](auto& settings) { settings.mutable_upstreams(0)->set_max_connections(1); });
  TestClient first(proxy.address());
  first.Send(GetRequest("/"));
  ASSERT_TRUE(Eventually([&] { return upstream.connections() == 1; }));
  EXPECT_EQ(Ask(proxy, GetRequest("/")).status, 503);
}

TEST(ProxyLimitsTest, NonsenseIs502) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.ReadHead();
    connection.Send("what do you want?\r\n\r\n");
    connection.ReadAll();
  });
  const TestProxy proxy({upstream.address()});
  EXPECT_EQ(Ask(proxy, GetRequest("/")).status, 502);
}

TEST(ProxyLimitsTest, EndlessHeadersAre502) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.ReadHead();
    connection.Send("HTTP/1.1 200 OK\r\n");
    while (connection.Send("X-More: and more\r\n")) {
    }
  });
  const TestProxy proxy({upstream.address()});
  EXPECT_EQ(Ask(proxy, GetRequest("/")).status, 502);
}

TEST(ProxyLimitsTest, SilenceIs504) {
  const TestUpstream upstream(Silence);
  const TestProxy proxy({upstream.address()}, [](auto& settings) {
    settings.mutable_upstreams(0)->set_header_timeout(100);
  });
  const Answer answer = Ask(proxy, GetRequest("/"));
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(answer.code, "\"upstream_timeout\"");
}

TEST(ProxyLimitsTest, ClientThatStopsInItsBodyIs408) {
  const TestUpstream upstream(Silence);
  const TestProxy proxy({upstream.address()},
                        [](auto& settings) { settings.set_idle_timeout(100); });
  EXPECT_EQ(Ask(proxy, Post("Content-Length: 9\r\n") + "half").status, 408);
}

TEST(ProxyLimitsTest, IdleConnectionIsClosed) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.ReadHead();
    connection.Send(OkAnswer(""));
    connection.ReadAll();
  });
  const TestProxy proxy({upstream.address()}, [](auto& settings) { settings.set_keep_alive(100); });
  TestClient client(proxy.address());
  client.Send(GetRequest("/"));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200);
  EXPECT_EQ(client.ReadAll(), "");
}

TEST(ProxyLimitsTest, CutAnswerIsNotTakenForWhole) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.ReadHead();
    connection.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
  });
  const TestProxy proxy({upstream.address()});
  TestClient client(proxy.address());
  client.Send(GetRequest("/"));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200);
  EXPECT_EQ(client.ReadAll().find("0\r\n\r\n"), std::string::npos);
}

// The upstream says it and stays, so that only the proxy can end the wait.
Answer AnswerTo(const std::string& raw) {
  const TestUpstream upstream([raw](TestClient& connection) {
    connection.ReadHead();
    connection.Send(raw);
    connection.ReadAll();
  });
  const TestProxy proxy({upstream.address()});
  return Ask(proxy, GetRequest("/"));
}

TEST(ProxyLimitsTest, ChunksThatAreMalformedFromTheFirstAreABadAnswer) {
  const Answer answer = AnswerTo("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhel");
  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(answer.code, "\"bad_upstream_answer\"");
}

TEST(ProxyLimitsTest, AnswerWithBareLfsIsNotWaitedFor) {
  const Answer answer = AnswerTo("HTTP/1.1 200 OK\nContent-Length: 2\n\nok");
  EXPECT_EQ(answer.status, 502);
  EXPECT_EQ(answer.code, "\"bad_upstream_answer\"");
}

// Closes the first connections unanswered, then answers.
TestUpstream::Serve FailsFirst(std::atomic<int>& failures) {
  return [&](TestClient& connection) {
    connection.ReadHead();
    if (failures.fetch_sub(1) > 0) return;
    connection.Send(OkAnswer("at last"));
    connection.ReadAll();
  };
}

TEST(ProxyLimitsTest, IdempotentRequestIsTriedAgain) {
  std::atomic<int> failures = 1;
  const TestUpstream upstream(FailsFirst(failures));
  const TestProxy proxy({upstream.address()});
  TestClient client(proxy.address());
  client.Send(GetRequest("/"));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200);
  EXPECT_EQ(proxy.metrics().proxy_retries.value(), 1);
}

TEST(ProxyLimitsTest, OnlySoManyTimes) {
  std::atomic<int> failures = 3;
  const TestUpstream upstream(FailsFirst(failures));
  const TestProxy proxy({upstream.address()});
  EXPECT_EQ(Ask(proxy, GetRequest("/")).status, 502);
  EXPECT_EQ(upstream.connections(), 2);
}

TEST(ProxyLimitsTest, PostThatWasSentIsNotTriedAgain) {
  std::atomic<int> failures = 1;
  const TestUpstream upstream(FailsFirst(failures));
  const TestProxy proxy({upstream.address()});
  EXPECT_EQ(Ask(proxy, Post("Content-Length: 2\r\n") + "ok").status, 502);
  EXPECT_EQ(upstream.connections(), 1);
}

TEST(ProxyLimitsTest, PostThatWasNotSentGoesToTheNextEndpoint) {
  const TestUpstream upstream([](TestClient& connection) {
    while (!connection.ReadHead().empty()) connection.Send(OkAnswer(connection.ReadSome(2)));
  });
  const TestProxy proxy({ClosedPort(), upstream.address()});
  for (int i = 0; i < 4; ++i) {
    TestClient client(proxy.address());
    client.Send(Post("Content-Length: 2\r\n") + "ok");
    EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200) << i;
    EXPECT_EQ(client.ReadSome(2), "ok");
  }
}

TEST(ProxyLimitsTest, FailingEndpointIsPassedOver) {
  const TestUpstream upstream([](TestClient& connection) {
    while (!connection.ReadHead().empty()) connection.Send(OkAnswer(""));
  });
  const TestProxy proxy({ClosedPort(), upstream.address()});
  for (int i = 0; i < 20; ++i) {
    TestClient client(proxy.address());
    client.Send(GetRequest("/"));
    EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200) << i;
  }
  EXPECT_EQ(proxy.metrics().proxy_ejections.value(), 1);
  EXPECT_EQ(proxy.metrics().proxy_retries.value(), 3);
}

TEST(ProxyLimitsTest, EndpointThatSaysItIsUnwellIsPassedOverUntilItIsWell) {
  std::atomic<bool> well = false;
  std::atomic<int> served = 0;
  const TestUpstream moody([&](TestClient& connection) {
    for (std::string head; !(head = connection.ReadHead()).empty();) {
      if (head.starts_with("GET /health")) {
        connection.Send(well ? "HTTP/1.1 200 OK\r\n\r\n" : "HTTP/1.1 500 Sorry\r\n\r\n");
        return;
      }
      ++served;
      connection.Send(OkAnswer(""));
    }
  });
  const TestUpstream steady([](TestClient& connection) {
    while (!connection.ReadHead().empty()) connection.Send(OkAnswer(""));
  });
  const TestProxy proxy({moody.address(), steady.address()}, [](auto& settings) {
    auto& upstream = *settings.mutable_upstreams(0);
    upstream.set_health_path("/health");
    upstream.set_health_interval(100);
  });
  ASSERT_TRUE(Eventually([&] { return proxy.metrics().proxy_ejections.value() == 1; }));
  const int before = served;
  TestClient client(proxy.address());
  for (int i = 0; i < 6; ++i) {
    client.Send(GetRequest("/"));
    EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200);
  }
  EXPECT_EQ(served, before);
  well = true;
  EXPECT_TRUE(Eventually([&] {
    client.Send(GetRequest("/"));
    return HttpStatusIn(client.ReadHead()) == 200 && served > before;
  }));
}

TEST(ProxyLimitsTest, LeastConnectionsPassesOverTheBusy) {
  const TestUpstream busy(Silence);
  const TestUpstream quick([](TestClient& connection) {
    while (!connection.ReadHead().empty()) connection.Send(OkAnswer(""));
  });
  const TestProxy proxy({busy.address(), quick.address()}, [](auto& settings) {
    settings.mutable_upstreams(0)->set_balance("least_connections");
  });
  TestClient waiting(proxy.address());
  waiting.Send(GetRequest("/"));
  ASSERT_TRUE(Eventually([&] { return busy.connections() == 1; }));
  for (int i = 0; i < 6; ++i) {
    TestClient client(proxy.address());
    client.Send(GetRequest("/"));
    EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200) << i;
  }
}

TEST(ProxyLimitsTest, UpstreamThatClosesWhatWaitsHurtsNobody) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.ReadHead();
    connection.Send(OkAnswer("once"));
  });
  const TestProxy proxy({upstream.address()});
  TestClient client(proxy.address());
  for (int i = 0; i < 10; ++i) {
    client.Send(GetRequest("/"));
    EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200) << i;
    EXPECT_EQ(client.ReadSome(4), "once");
  }
}

}  // namespace
}  // namespace edge
