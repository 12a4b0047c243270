#include "bench/load/target.h"

#include <fstream>

#include "bench/net/fail.h"
#include "bench/net/socket.h"
#include "bench/net/websocket.h"

namespace bench {

// RFC 6455's sample key: the server has to hash it all the same.
const std::string kRequestKey = "dGhlIHNhbXBsZSBub25jZQ==";
const std::string kRequestAccept = AcceptKeyOf(kRequestKey);

std::string Target::RoomName(size_t room_index) const {
  return rooms == 1 ? room : fmt::format("{}-{}", room, room_index);
}

std::string Target::RequestOf(size_t member, size_t room_index) const {
  const std::string query = tokens.empty() ? "" : "?token=" + tokens[member % tokens.size()];
  return fmt::format(
      "GET {}{}{} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: {}\r\nSec-WebSocket-Version: 13\r\n\r\n",
      path, RoomName(room_index), query, host, kRequestKey);
}

std::vector<OptionSpec> TargetOptions() {
  return {{"server", "IP:PORT", "", "where clients connect"},
          {"path", "PATH", "/ws/", "before the room's name"},
          {"room", "NAME", "bench", "the room, or what the rooms' names begin with"},
          {"rooms", "N", "1", "rooms; the members are spread evenly"},
          {"token", "TOKEN", "", "the token of every member"},
          {"tokens", "FILE", "", "a token a line; the members take turns"},
          {"sources", "N", "0", "connect from 127.0.0.1 to 127.0.0.N; 0: one address"},
          {"server-pid", "PID", "0", "the server's process, whose CPU and memory are read"},
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
