#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <string_view>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

// Messages and their bytes on the wire. Requests are parsed here and not by gRPC, which answers
// UNIMPLEMENTED to one that does not parse, and ends a stream as if the caller had closed it.
namespace control {

// kInvalidArgument: malformed, or a string is not UTF-8; then the field is named. `message` holds
// what was read before the error.
absl::Status ParseMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);

bool IsUtf8(std::string_view text);

grpc::ByteBuffer ToBytes(const google::protobuf::Message& message);

}  // namespace control
