// A load generator for servers of rooms over WebSocket, and for HTTP proxies: one thread, epoll, no
// work per message but reading its frame's header and its number.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "bench/load/commands.h"
#include "bench/net/fail.h"

namespace {

constexpr char kHelp[] =
    "load COMMAND [--option VALUE]...; load COMMAND --help lists its options\n\n"
    "  fanout   members in rooms; publications to them; deliveries, latency, the server's CPU\n"
    "  chat     members publish to the rooms they are in, over their own connections\n"
    "  fairness a paced room, alone and beside one that is flooded\n"
    "  slow     what the others get, and the server's memory, when some members stop reading\n"
    "  idle     connections that only stay: the server's memory and CPU for each\n"
    "  connect  handshakes: the server's CPU for each\n"
    "  rpc      Broadcast calls into an empty room: calls for each CPU-second of the server\n"
    "  http     requests through a proxy: how many for each CPU-second, and their latency\n"
    "  http-idle  connections to a proxy that asked once and are kept: its memory for each\n\n"
    "--server-pid names the processes whose CPU and memory are read.\n";

int Run(std::string_view command, int argc, char** argv) {
  if (command == "fanout") return bench::RunFanout(argc, argv);
  if (command == "chat") return bench::RunChat(argc, argv);
  if (command == "fairness") return bench::RunFairness(argc, argv);
  if (command == "slow") return bench::RunSlow(argc, argv);
  if (command == "idle") return bench::RunIdle(argc, argv);
  if (command == "connect") return bench::RunConnect(argc, argv);
  if (command == "rpc") return bench::RunRpc(argc, argv);
  if (command == "http") return bench::RunHttp(argc, argv);
  if (command == "http-idle") return bench::RunHttpIdle(argc, argv);
  if (command == "--help") {
    fmt::print("{}", kHelp);
    return 0;
  }
  bench::Fail("unknown command '{}'; --help lists them", command);
}

}  // namespace

int main(int argc, char** argv) {
  const int code = Run(argc > 1 ? argv[1] : "--help", argc, argv);
  std::fflush(nullptr);
  // No static destructors: threads of gRPC may be at work.
  std::_Exit(code);
}
