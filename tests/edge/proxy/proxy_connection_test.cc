// Requests through the proxy, over real sockets: what the upstream gets, and what the client gets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/edge/proxy/test_proxy.h"
#include "tests/support/test_client.h"
#include "tests/support/test_upstream.h"

namespace edge {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Answers every request without a body with its own head.
void EchoHeads(TestClient& connection) {
  for (std::string head; !(head = connection.ReadHead()).empty();) {
    connection.Send(OkAnswer(head));
  }
}

// The answer to `request`, to the end of the connection.
std::string Ask(const TestProxy& proxy, const std::string& request) {
  TestClient client(proxy.address());
  client.Send(request);
  client.HalfClose();
  return client.ReadAll();
}

TEST(ProxyConnectionTest, RequestGoesThroughAndSaysFromWhom) {
  const TestUpstream upstream(EchoHeads);
  const TestProxy proxy({upstream.address()});
  const std::string answer = Ask(proxy, GetRequest("/a?b=c", "X-Mine: 1\r\n"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("GET /a?b=c HTTP/1.1\r\nHost: app.test\r\nX-Mine: 1\r\n"));
  EXPECT_THAT(answer, HasSubstr("X-Forwarded-For: 127.0.0.1\r\n"));
}

TEST(ProxyConnectionTest, MaxForwardsIsCountedDownAndEndsHere) {
  const TestUpstream upstream(EchoHeads);
  const TestProxy proxy({upstream.address()});
  TestClient client(proxy.address());
  const std::string options = "OPTIONS * HTTP/1.1\r\nHost: app.test\r\nMax-Forwards: ";
  client.Send(options + "0\r\n\r\n");
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200);
  EXPECT_EQ(upstream.connections(), 0);
  client.Send(options + "3\r\n\r\n");
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200);
  EXPECT_THAT(client.ReadHead(), HasSubstr("\r\nMax-Forwards: 2\r\n"));
}

TEST(ProxyConnectionTest, ConnectionsAreKeptOnBothSides) {
  const TestUpstream upstream(EchoHeads);
  const TestProxy proxy({upstream.address()});
  TestClient client(proxy.address());
  for (int i = 0; i < 5; ++i) {
    client.Send(GetRequest("/" + std::to_string(i)));
    const std::string head = client.ReadHead();
    EXPECT_EQ(HttpStatusIn(head), 200);
    EXPECT_THAT(client.ReadHead(), HasSubstr("GET /" + std::to_string(i)));
  }
  EXPECT_EQ(upstream.connections(), 1);
}

TEST(ProxyConnectionTest, PipelinedRequestsAreAnsweredInOrder) {
  const TestUpstream upstream(EchoHeads);
  const TestProxy proxy({upstream.address()});
  TestClient client(proxy.address());
  std::string requests;
  for (int i = 0; i < 40; ++i) requests += GetRequest("/" + std::to_string(i));
  client.Send(requests);
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200) << i;
    EXPECT_THAT(client.ReadHead(), StartsWith("GET /" + std::to_string(i) + " ")) << i;
  }
}

TEST(ProxyConnectionTest, BodiesGoThroughInBothFramings) {
  const TestUpstream upstream([](TestClient& connection) {
    const std::string head = connection.ReadHead();
    const bool chunked = head.find("chunked") != std::string::npos;
    const std::string body = connection.ReadSome(chunked ? 21 : 5);
    EXPECT_EQ(body, chunked ? "5\r\nhello\r\n0\r\nT: 1\r\n\r\n" : "hello");
    connection.Send(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n"
        "X-Sum: 5\r\n\r\n");
  });
  const TestProxy proxy({upstream.address()});
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_THAT(Ask(proxy, post + "Content-Length: 5\r\n\r\nhello"),
              EndsWith("\r\n\r\n5\r\nabcde\r\n0\r\nX-Sum: 5\r\n\r\n"));
  EXPECT_THAT(
      Ask(proxy, post + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: 1\r\n\r\n"),
      HasSubstr("abc"));
}

TEST(ProxyConnectionTest, ChunkedBodyArrivesWhole) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.ReadHead();
    std::string body;
    while (!body.ends_with("0\r\nT: 1\r\n\r\n")) {
      const std::string byte = connection.ReadSome(1);
      if (byte.empty()) return;
      body += byte;
    }
    connection.Send(OkAnswer(body, "Connection: close\r\n"));
  });
  const TestProxy proxy({upstream.address()});
  EXPECT_THAT(Ask(proxy,
                  "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nT: 1\r\n\r\n"),
              EndsWith("b\r\nhello world\r\n0\r\nT: 1\r\n\r\n"));
}

TEST(ProxyConnectionTest, AnswerThatEndsWithTheConnectionBecomesChunks) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.ReadHead();
    connection.Send("HTTP/1.0 200 OK\r\n\r\nall of it");
  });
  const TestProxy proxy({upstream.address()});
  TestClient client(proxy.address());
  client.Send(GetRequest("/"));
  EXPECT_THAT(client.ReadHead(), HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_EQ(client.ReadSome(19), "9\r\nall of it\r\n0\r\n\r\n");
}

TEST(ProxyConnectionTest, OldClientGetsNeitherChunksNorInterimAnswers) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.ReadHead();
    connection.Send(
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n"
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    connection.ReadAll();
  });
  const TestProxy proxy({upstream.address()});
  EXPECT_EQ(Ask(proxy, "GET / HTTP/1.0\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc");
}

TEST(ProxyConnectionTest, InterimAnswersGoThrough) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.ReadHead();
    connection.Send("HTTP/1.1 100 Continue\r\n\r\n");
    connection.Send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    connection.Send(OkAnswer(connection.ReadSome(5)));
  });
  const TestProxy proxy({upstream.address()});
  TestClient client(proxy.address());
  client.Send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 100);
  EXPECT_THAT(client.ReadHead(), HasSubstr("103 Early Hints\r\nLink: x\r\n"));
  client.Send("hello");
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200);
  EXPECT_EQ(client.ReadSome(5), "hello");
}

TEST(ProxyConnectionTest, HeadAnd204And304HaveNoBody) {
  const TestUpstream upstream([](TestClient& connection) {
    for (std::string head; !(head = connection.ReadHead()).empty();) {
      if (head.starts_with("HEAD"))
        connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n");
      if (head.starts_with("GET /4")) connection.Send("HTTP/1.1 204 No Content\r\n\r\n");
      if (head.starts_with("GET /3"))
        connection.Send("HTTP/1.1 304 Not Modified\r\nETag: e\r\n\r\n");
    }
  });
  const TestProxy proxy({upstream.address()});
  TestClient client(proxy.address());
  client.Send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.ReadHead(), HasSubstr("Content-Length: 99\r\n"));
  client.Send(GetRequest("/4"));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 204);
  client.Send(GetRequest("/3"));
  EXPECT_THAT(client.ReadHead(), HasSubstr("ETag: e\r\n"));
  EXPECT_EQ(upstream.connections(), 1);
}

TEST(ProxyConnectionTest, EarlyAnswerEndsTheConnectionBehindIt) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.ReadHead();
    connection.Send(OkAnswer("no need"));
    connection.ReadAll();
  });
  const TestProxy proxy({upstream.address()});
  TestClient client(proxy.address());
  client.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nsome");
  EXPECT_THAT(client.ReadHead(), HasSubstr("Connection: close\r\n"));
  EXPECT_EQ(client.ReadSome(7), "no need");
  EXPECT_EQ(client.ReadAll(), "");
}

TEST(ProxyConnectionTest, BytesBehindAnAnswerAreNobodys) {
  const TestUpstream upstream([](TestClient& connection) {
    connection.ReadHead();
    connection.Send(OkAnswer("good") + OkAnswer("evil"));
    connection.ReadAll();
  });
  const TestProxy proxy({upstream.address()});
  TestClient client(proxy.address());
  for (int i = 0; i < 2; ++i) {
    client.Send(GetRequest("/"));
    EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200);
    EXPECT_EQ(client.ReadSome(4), "good");
  }
  EXPECT_EQ(upstream.connections(), 2);
}

TEST(ProxyConnectionTest, GatehousesOwnEndpointsStayReachable) {
  const TestUpstream upstream(EchoHeads);
  const TestProxy proxy({upstream.address()});
  TestClient client(proxy.address());
  client.Send(GetRequest("/"));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 200);
  client.ReadHead();
  // The same connection goes on as a session of Gatehouse's.
  client.Send(UpgradeRequest(TestGate::Target("/ws/chat")));
  EXPECT_EQ(HttpStatusIn(client.ReadHead()), 101);
  client.Say(R"({"content":"hello"})");
  EXPECT_THAT(client.ReadText(), HasSubstr("hello"));
  EXPECT_EQ(HttpStatusIn(Ask(proxy, UpgradeRequest("/ws/chat"))), 401);
}

TEST(ProxyConnectionTest, RedirectKeepsThePath) {
  const TestProxy proxy({"127.0.0.1:1"}, [](auto& settings) {
    auto& route = *settings.mutable_routes(0);
    route.clear_upstream();
    route.set_redirect("https://new.example");
  });
  const std::string answer = Ask(proxy, GetRequest("/a?b"));
  EXPECT_EQ(HttpStatusIn(answer), 308);
  EXPECT_THAT(answer, HasSubstr("Location: https://new.example/a?b\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Connection: close")));
}

}  // namespace
}  // namespace edge
