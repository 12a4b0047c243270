// The codec against another implementation: Beast's websocket client over an in-memory stream. What
// it writes must come out of the decoder, and it must read what our frames say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/_experimental/test/stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <optional>
#include <string>
#include <vector>

#include "edge/wire/handshake.h"
#include "edge/wire/ws_frame.h"
#include "tests/support/recording_ws_sink.h"

namespace edge {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using ::testing::ElementsAre;

class BeastOracleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.connect(client_.next_layer());
    client_.control_callback([this](websocket::frame_type type, beast::string_view payload) {
      const char* const name = type == websocket::frame_type::ping   ? "ping:"
                               : type == websocket::frame_type::pong ? "pong:"
                                                                     : "close:";
      control_.push_back(name + std::string(payload));
    });
    std::optional<beast::error_code> done;
    client_.async_handshake("localhost", "/", [&](beast::error_code error) { done = error; });
    io_.poll();
    io_.restart();
    const std::string request(server_.str());
    server_.clear();
    Send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        AcceptKey(HeaderOf(request, "Sec-WebSocket-Key: ")).value() + "\r\n\r\n");
    io_.poll();
    ASSERT_TRUE(done.has_value());
    ASSERT_FALSE(*done) << done->message();
  }

  static std::string HeaderOf(const std::string& request, const std::string& name) {
    const size_t begin = request.find(name) + name.size();
    return request.substr(begin, request.find("\r\n", begin) - begin);
  }

  void Send(std::string_view bytes) {
    asio::write(server_, asio::buffer(bytes.data(), bytes.size()));
  }
  void Send(const FramePtr& frame) { Send(frame->bytes()); }

  std::string Read() {
    beast::flat_buffer buffer;
    client_.read(buffer);
    return (client_.got_text() ? "text:" : "binary:") + beast::buffers_to_string(buffer.data());
  }

  // What our decoder makes of all that the client has written, the same for every way of cutting.
  WsDecoded Decode() {
    const std::string bytes(server_.str());
    const WsLimits limits{.max_message = 1 << 20, .max_fragments = 10000};
    const WsDecoded whole = DecodeInPieces(bytes, limits, [&] { return bytes.size(); });
    const WsDecoded split = DecodeInPieces(bytes, limits, [] { return 1; });
    EXPECT_TRUE(whole.SameButConsumed(split));
    return whole;
  }

  asio::io_context io_;
  beast::test::stream server_{io_};
  websocket::stream<beast::test::stream> client_{io_};
  std::vector<std::string> control_;
};

TEST_F(BeastOracleTest, MessagesOfEveryLengthFormComeThrough) {
  client_.auto_fragment(false);
  std::vector<std::string> expected;
  for (const size_t size : {0, 1, 125, 126, 65535, 65536, 100000}) {
    const std::string payload(size, 'x');
    client_.text(size % 2 == 0);
    client_.write(asio::buffer(payload));
    expected.push_back((size % 2 == 0 ? "text:" : "binary:") + payload);
  }
  const WsDecoded decoded = Decode();
  EXPECT_EQ(decoded.code, 0);
  EXPECT_TRUE(decoded.events == expected);
  EXPECT_FALSE(decoded.mid_message);
}

TEST_F(BeastOracleTest, FragmentsComeThroughWithPingsBetweenThem) {
  client_.auto_fragment(true);
  client_.write_buffer_bytes(8);
  client_.text(true);
  const std::string first = "\u20ac\U0001F600 in many fragments \u00e9";
  client_.write_some(false, asio::buffer(first));
  client_.ping("between");
  client_.pong("unasked");
  client_.write_some(true, asio::buffer(std::string("end")));
  EXPECT_THAT(Decode().events,
              ElementsAre("ping:between", "pong:unasked", "text:" + first + "end"));
}

TEST_F(BeastOracleTest, CloseComesThroughWithCodeAndReason) {
  client_.async_close({websocket::close_code::going_away, "moving"}, [](beast::error_code) {});
  io_.restart();
  io_.poll();
  EXPECT_THAT(Decode().events, ElementsAre("close:1001:moving"));
}

TEST_F(BeastOracleTest, ReadsOurFramesOfEveryLengthForm) {
  client_.read_message_max(1 << 20);
  for (const size_t size : {0, 1, 125, 126, 65535, 65536, 100000}) {
    const std::string payload(size, 'y');
    Send(MakeWsFrame(Opcode::kText, payload));
    EXPECT_TRUE(Read() == "text:" + payload) << size;
    Send(MakeWsFrame(Opcode::kBinary, payload));
    EXPECT_TRUE(Read() == "binary:" + payload) << size;
  }
}

TEST_F(BeastOracleTest, ReadsOurControlFrames) {
  Send(MakeWsFrame(Opcode::kPing, "are you there"));
  Send(MakeWsFrame(Opcode::kPong, ""));
  Send(MakeWsFrame(Opcode::kText, "x"));
  EXPECT_EQ(Read(), "text:x");
  EXPECT_THAT(control_, ElementsAre("ping:are you there", "pong:"));
  EXPECT_THAT(Decode().events, ElementsAre("pong:are you there"));
}

TEST_F(BeastOracleTest, ReadsOurCloseAndAnswersWithTheSameCode) {
  Send(MakeCloseFrame(3503, std::string(200, 'r')));
  beast::flat_buffer buffer;
  beast::error_code error;
  client_.read(buffer, error);
  EXPECT_EQ(error, websocket::error::closed);
  EXPECT_EQ(client_.reason().code, 3503);
  EXPECT_EQ(std::string(client_.reason().reason.c_str()), std::string(123, 'r'));
  EXPECT_EQ(Decode().events.size(), 1U);
  EXPECT_EQ(Decode().events[0].substr(0, 10), "close:3503");
}

}  // namespace
}  // namespace edge
