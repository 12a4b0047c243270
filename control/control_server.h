#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {
class NodeApi;
}

namespace control {

// The gRPC server of the control API, with reflection and grpc.health.v1.
//
// Threads of its own: gRPC's, and one that builds answers. No file of this header's readers sees
// gRPC.
class ControlServer {
 public:
  // Listens on control.listen and control.unix_socket; with both empty there is no control API.
  // `node` outlives the server.
  // kInvalidArgument: settings that do not fit. kUnavailable: an address is taken.
  static absl::StatusOr<std::unique_ptr<ControlServer>> Start(
      const gatehouse::v1::ControlSettings& settings, edge::NodeApi& node);
  // As Drain.
  ~ControlServer();

  // HOST:PORT of the TCP listener; unix:PATH when there is none; empty without both.
  const std::string& address() const;

  // What became of the calls, in the Prometheus text format. Any thread.
  std::string Metrics() const;

  // Probes are told NOT_SERVING; calls go on. Before the clients are sent away.
  void AnnounceDrain();
  // Refuses new calls and ends the streams, both with UNAVAILABLE, waits for the calls under way,
  // for at most some seconds, and stops listening. Blocks. Once is enough.
  void Drain();

 private:
  struct State;
  explicit ControlServer(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace control
