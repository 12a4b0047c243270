#include "bench/load/target.h"

#include <fstream>

#include "bench/net/fail.h"
#include "bench/net/socket.h"
#include "bench/net/websocket.h"

namespace bench {

namespace {

// RFC 6455's sample key: the server has to hash it all the same.
constexpr std::string_view kRequestKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view kNoTakeover = "server_no_context_takeover";

}  // namespace

std::string Target::RoomName(size_t room_index) const {
  return rooms == 1 ? room : fmt::format("{}-{}", room, room_index);
}

std::string Target::RequestOf(size_t member, size_t room_index) const {
  const char mark = path.find('?') == std::string::npos ? '?' : '&';
  const std::string query =
      tokens.empty() ? "" : fmt::format("{}token={}", mark, tokens[member % tokens.size()]);
  return fmt::format(
      "GET {}{}{} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: {}\r\nSec-WebSocket-Version: 13\r\n{}\r\n",
      path, RoomName(room_index), query, host, kRequestKey,
      deflate ? fmt::format("Sec-WebSocket-Extensions: permessage-deflate; {}; "
                            "client_no_context_takeover\r\n",
                            kNoTakeover)
              : "");
}

std::string Target::Refusal(std::string_view answer) const {
  static const std::string expected = AcceptKeyOf(kRequestKey);
  if (!answer.starts_with("HTTP/1.1 101 ")) return std::string(answer);
  if (answer.find(expected) == std::string_view::npos) {
    return "the answer's key is wrong: " + std::string(answer);
  }
  if (!deflate) return "";
  if (answer.find("permessage-deflate") == std::string_view::npos) return "it does not compress";
  // Its messages could only be read one after the other, each by its own member.
  if (answer.find(kNoTakeover) == std::string_view::npos) return "it keeps a context";
  return "";
}

std::vector<OptionSpec> TargetOptions() {
  return {{"server", "IP:PORT", "", "where clients connect"},
          {"path", "PATH", "/ws/",
           "before the room's name; '/ws?room=a&room=b&room=' joins others too"},
          {"room", "NAME", "bench", "the room, or what the rooms' names begin with"},
          {"rooms", "N", "1", "rooms; the members are spread evenly"},
          {"token", "TOKEN", "", "the token of every member"},
          {"tokens", "FILE", "", "a token a line; the members take turns"},
          {"sources", "N", "0", "connect from 127.0.0.1 to 127.0.0.N; 0: one address"},
          {"tls", "", "", "wss; the certificate is not verified"},
          {"deflate", "", "", "permessage-deflate, without context takeover both ways"},
          {"server-pid", "PID,PID", "", "the server's processes, whose CPU and memory are read"},
          {"json", "", "", "print JSON instead of a table"}};
}

Target TargetOf(const Options& options) {
  Target target;
  target.host = options.Needed("server");
  target.address = ParseAddress(target.host);
  target.path = options.Text("path");
  target.room = options.Text("room");
  target.rooms = static_cast<size_t>(options.Number("rooms"));
  if (target.rooms == 0) Fail("--rooms must be at least 1");
  target.sources = static_cast<int>(options.Number("sources"));
  target.tls = options.Has("tls");
  target.deflate = options.Has("deflate");
  if (options.Has("token")) target.tokens.push_back(options.Text("token"));
  if (options.Has("tokens")) {
    std::ifstream file(options.Text("tokens"));
    for (std::string line; std::getline(file, line);) {
      if (!line.empty()) target.tokens.push_back(line);
    }
    if (target.tokens.empty()) Fail("no token in {}", options.Text("tokens"));
  }
  return target;
}

std::vector<OptionSpec> Together(std::vector<OptionSpec> a, const std::vector<OptionSpec>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace bench
