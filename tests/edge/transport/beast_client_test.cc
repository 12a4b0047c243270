// Beast's websocket client as the oracle: what an independent implementation makes of ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <algorithm>

#include "tests/support/json_field.h"
#include "tests/support/raw_deflate.h"
#include "tests/support/test_gate.h"

namespace edge {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;

class BeastClient {
 public:
  explicit BeastClient(const std::string& address) : stream_(io_) {
    const size_t colon = address.rfind(':');
    const auto port = static_cast<unsigned short>(std::stoi(address.substr(colon + 1)));
    stream_.next_layer().connect({asio::ip::make_address(address.substr(0, colon)), port});
  }
  // The response, whose status says how it went.
  websocket::response_type Shake(const std::string& target, const std::string& subprotocols = "") {
    websocket::response_type response;
    boost::system::error_code error;
    stream_.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
      if (!subprotocols.empty())
        request.set(beast::http::field::sec_websocket_protocol, subprotocols);
    }));
    stream_.handshake(response, "test", target, error);
    return response;
  }
  std::string Read() {
    beast::flat_buffer buffer;
    boost::system::error_code error;
    stream_.read(buffer, error);
    return error ? "" : beast::buffers_to_string(buffer.data());
  }
  auto& stream() { return stream_; }

 private:
  asio::io_context io_;
  websocket::stream<tcp::socket> stream_;
};

TEST(BeastClientTest, ShakesHandsAndChats) {
  const TestGate gate;
  BeastClient client(gate.address());
  EXPECT_EQ(client.Shake(TestGate::Target("/ws/chat")).result_int(), 101U);
  client.stream().write(asio::buffer(std::string(R"({"content":"hi","id":7})")));
  EXPECT_EQ(JsonField(client.Read(), "content"), "\"hi\"");
  EXPECT_EQ(JsonField(client.Read(), "id"), "7");
}

TEST(BeastClientTest, FragmentsAndEverySizeClassComeBackWhole) {
  const TestGate gate([](TestGate::Settings s) { s.hub.messages_per_second = 0; });
  BeastClient client(gate.address());
  ASSERT_EQ(client.Shake(TestGate::Target("/ws/chat")).result_int(), 101U);
  client.stream().write_buffer_bytes(2048);
  for (const size_t size : {0U, 1U, 60U, 125U, 126U, 127U, 2047U, 2048U, 2049U, 65000U}) {
    const std::string content = "\"" + std::string(size, 'x') + "\"";
    client.stream().write(asio::buffer("{\"content\":" + content + "}"));
    EXPECT_EQ(JsonField(client.Read(), "content"), content) << size;
  }
}

TEST(BeastClientTest, BinaryGoesWhereItIsAllowed) {
  const TestGate gate;
  BeastClient client(gate.address());
  ASSERT_EQ(client.Shake(TestGate::Target("/ws/bytes:1")).result_int(), 101U);
  client.stream().binary(true);
  client.stream().write(asio::buffer(std::string("\0\1\xff", 3)));
  EXPECT_EQ(client.Read(), std::string("\0\1\xff", 3));
  EXPECT_TRUE(client.stream().got_binary());
}

TEST(BeastClientTest, SubprotocolWithATokenIsEchoed) {
  const TestGate gate;
  BeastClient client(gate.address());
  const auto response =
      client.Shake("/ws/chat", "gatehouse.bearer, " + TokenOf("alice", SystemClock().UnixMillis()));
  EXPECT_EQ(response.result_int(), 101U);
  EXPECT_EQ(response[beast::http::field::sec_websocket_protocol], "gatehouse.bearer");
}

TEST(BeastClientTest, ClosingHandshakeIsClean) {
  const TestGate gate;
  BeastClient client(gate.address());
  ASSERT_EQ(client.Shake(TestGate::Target("/ws/chat")).result_int(), 101U);
  boost::system::error_code error;
  client.stream().close(websocket::close_reason(websocket::close_code(3999), "enough"), error);
  EXPECT_FALSE(error) << error.message();
  EXPECT_EQ(client.stream().reason().code, 3999);
}

void AgreeToDeflate(TestGate::Settings settings) {
  settings.gate.deflate = true;
  settings.hub.messages_per_second = 0;
}

class BeastDeflateTest : public testing::TestWithParam<websocket::permessage_deflate> {
 public:
  static websocket::permessage_deflate Option(int server_bits, int client_bits, bool takeover) {
    websocket::permessage_deflate option;
    option.client_enable = true;
    option.server_max_window_bits = server_bits;
    option.client_max_window_bits = client_bits;
    option.server_no_context_takeover = option.client_no_context_takeover = !takeover;
    return option;
  }
};

TEST_P(BeastDeflateTest, EverySizeComesBackThroughCompression) {
  const TestGate gate(AgreeToDeflate);
  BeastClient client(gate.address());
  client.stream().set_option(GetParam());
  const auto response = client.Shake(TestGate::Target("/ws/chat"));
  ASSERT_EQ(response.result_int(), 101U);
  EXPECT_NE(response[beast::http::field::sec_websocket_extensions].find("permessage-deflate"),
            beast::string_view::npos);
  client.stream().write_buffer_bytes(2048);
  for (const size_t size : {0U, 1U, 100U, 255U, 600U, 2048U, 20000U, 60000U}) {
    std::string content = "\"" + Compressible(size) + "\"";
    std::replace(content.begin() + 1, content.end() - 1, '"', '\'');
    client.stream().write(asio::buffer("{\"content\":" + content + "}"));
    EXPECT_EQ(JsonField(client.Read(), "content"), content) << size;
  }
  // 83,004 bytes of content each way.
  EXPECT_LT(gate.metrics().bytes_sent.value(), 40000);
  EXPECT_LT(gate.metrics().bytes_received.value(), 40000);
}

INSTANTIATE_TEST_SUITE_P(Windows, BeastDeflateTest,
                         testing::Values(BeastDeflateTest::Option(15, 15, true),
                                         BeastDeflateTest::Option(15, 15, false),
                                         BeastDeflateTest::Option(9, 15, true),
                                         BeastDeflateTest::Option(12, 9, false)));

TEST(BeastClientTest, RefusalIsAResponseItCanRead) {
  const TestGate gate;
  BeastClient client(gate.address());
  const auto response = client.Shake("/ws/chat");
  EXPECT_EQ(response.result_int(), 401U);
  EXPECT_EQ(response[beast::http::field::content_type], "application/json");
}

}  // namespace
}  // namespace edge
