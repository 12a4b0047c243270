#pragma once

#include <cstddef>
#include <cstdint>

#include "edge/node/node_api.h"
#include "gatehouse/v1/control.pb.h"
#include "google/protobuf/timestamp.pb.h"

// Parts of answers that several RPCs have.
namespace control {

// Where a message that could be of any size is cut: callers take 4 MiB unless they ask for more.
inline constexpr size_t kMaxMessageBytes = size_t{2} << 20;

// Never past the year 9999, where google.protobuf.Timestamp ends.
inline void SetTime(int64_t unix_millis, google::protobuf::Timestamp& time) {
  constexpr int64_t kEndOfTime = 253'402'300'799'999;
  constexpr int64_t kMillisPerSecond = 1000;
  constexpr int32_t kNanosPerMilli = 1'000'000;
  const int64_t millis = unix_millis < kEndOfTime ? unix_millis : kEndOfTime;
  time.set_seconds(millis / kMillisPerSecond);
  time.set_nanos(static_cast<int32_t>(millis % kMillisPerSecond) * kNanosPerMilli);
}

inline void SetConnection(const edge::PresenceConnection& from,
                          gatehouse::v1::ConnectionPresence& connection) {
  connection.set_connection(from.connection.ToString());
  connection.set_user(from.user.str());
  connection.set_info(from.info);
  SetTime(from.joined_unix_millis, *connection.mutable_joined());
}

}  // namespace control
