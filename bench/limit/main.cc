// A bare WebSocket server: what the kernel allows for one thread and epoll. The yardstick of
// bench/run.
#include <unistd.h>

#include <cstdio>
#include <optional>

#include "bench/limit/control_port.h"
#include "bench/limit/room_server.h"
#include "bench/limit/uring_sender.h"
#include "bench/net/fail.h"
#include "bench/net/options.h"
#include "bench/net/socket.h"

int main(int argc, char** argv) {
  const bench::Options options(
      "limit: rooms over WebSocket at the least cost. The room is the path's last segment.",
      {{"listen", "IP:PORT", "127.0.0.1:0", "where clients connect"},
       {"control", "IP:PORT", "127.0.0.1:0", "where publications come: lines 'ROOM PAYLOAD'"},
       {"coalesce", "", "", "one writev() for what a turn brought, instead of one send() a frame"},
       {"uring", "", "", "the same, in batches of io_uring"}},
      argc, argv, 1);
  bench::RaiseDescriptorLimit();
  bench::EventLoop loop;
  const int clients = bench::Listen(bench::ParseAddress(options.Text("listen")));
  const int callers = bench::Listen(bench::ParseAddress(options.Text("control")));
  std::optional<bench::UringSender> uring;
  if (options.Has("uring")) uring.emplace();
  bench::RoomServer server(loop, clients, options.Has("coalesce") || uring,
                           uring ? &*uring : nullptr);
  bench::ControlPort control(loop, callers, server);
  fmt::print("{{\"event\":\"ready\",\"client\":\"{}\",\"control\":\"{}\",\"pid\":{}}}\n",
             bench::FormatAddress(bench::AddressOf(clients)),
             bench::FormatAddress(bench::AddressOf(callers)), ::getpid());
  std::fflush(stdout);
  while (true) {
    loop.Turn(-1);
    server.EndOfTurn();
    control.EndOfTurn();
  }
}
