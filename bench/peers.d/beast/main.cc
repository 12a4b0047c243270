// A textbook server of rooms on Boost.Beast, on one thread: what one gets by following Beast's chat
// example. A peer of bench/run.
#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include "bench/net/fail.h"
#include "bench/net/options.h"
#include "bench/net/socket.h"
#include "bench/peers.d/beast/chat_server.h"

int main(int argc, char** argv) {
  const bench::Options options("beast: rooms over WebSocket as Beast's chat example does it.",
                               {{"deflate", "", "", "permessage-deflate"}}, argc, argv, 1);
  bench::RaiseDescriptorLimit();
  boost::asio::io_context io(1);
  bench::ChatServer server(io, options.Has("deflate"));
  fmt::print(
      "{{\"event\":\"ready\",\"client\":\"127.0.0.1:{}\",\"control\":\"127.0.0.1:{}\",\"pid\":{}}}"
      "\n",
      server.client_endpoint().port(), server.control_endpoint().port(), ::getpid());
  std::fflush(stdout);
  io.run();
}
