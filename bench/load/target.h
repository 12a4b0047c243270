#pragma once

#include <netinet/in.h>

#include <string>
#include <string_view>
#include <vector>

#include "bench/net/options.h"

namespace bench {

// Whom the members connect to, and as whom.
struct Target {
  sockaddr_in address{};
  std::string host;  // of the Host header
  std::string path;  // before the room's name
  std::string room;  // the room's name, or what the rooms' names begin with
  size_t rooms = 1;
  std::vector<std::string> tokens;  // member i shows tokens[i % size]; empty: none
  int sources = 0;                  // 127.0.0.1 to 127.0.0.N take turns; 0: the kernel chooses
  bool tls = false;
  bool deflate = false;  // offer permessage-deflate without context takeover, and insist on it

  std::string RoomName(size_t room_index) const;
  // The upgrade request of a member.
  std::string RequestOf(size_t member, size_t room_index) const;
  // Empty, or why the answer to it will not do: what it says, or what it lacks.
  std::string Refusal(std::string_view answer) const;
};

// What every command that connects takes.
std::vector<OptionSpec> TargetOptions();
Target TargetOf(const Options& options);
// `a` and then `b`.
std::vector<OptionSpec> Together(std::vector<OptionSpec> a, const std::vector<OptionSpec>& b);

}  // namespace bench
