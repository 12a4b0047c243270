#pragma once

#include <string>
#include <string_view>

#include "edge/base/shard_thread.h"
#include "edge/hub/home_request.h"
#include "edge/protocol/client_protocol.h"
#include "edge/room/room_policy.h"
#include "edge/session/session.h"

namespace edge {

class Hub;

// What clients ask, carried out: limits, rights and policy, then the two sides of the hub. What is
// not valid is answered with an error and the session lives; too many errors close it.
class ClientCommands {
 public:
  explicit ClientCommands(Hub& hub) : hub_(hub) {}

  void OnText(Session& session, std::string_view message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void OnBinary(Session& session, std::string_view message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  // Answers with an error, which counts against the session if it is its fault.
  void Fail(Session& session, std::string_view id, absl::Status status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // What a small message brought much of back costs as many messages as 4 KiB are in it.
  void Charge(Session& session, size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // What is left when rights, policy and the application allow it.
  void Send(Session& session, std::string room, MessageBody body, std::string_view id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void JoinAllowed(Session& session, WantedRoom room, std::string_view id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

 private:
  // Takes one message of the session's rate; answers with an error when there is none.
  bool TakeMessage(Session& session) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Run(Session& session, ClientCommand& command) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // The room a command means: the one it names, or the session's only one.
  absl::Status ResolveRoom(const Session& session, ClientCommand& command) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  void Publish(Session& session, std::string room, ContentKind kind, std::string_view content,
               std::string_view id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Presence(Session& session, const ClientCommand& command)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void History(Session& session, const ClientCommand& command)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  // Whether it may read of the room what the namespace gives to `by`.
  bool MayReadRoom(const Session& session, const std::string& room, RoomPolicy::By by) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Join(Session& session, const ClientCommand& command) ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Leave(Session& session, const ClientCommand& command)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);
  void Refresh(Session& session, const ClientCommand& command)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(kOnShard);

  Hub& hub_;
};

}  // namespace edge
