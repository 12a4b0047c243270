#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

// What `gatehouse call` reads and prints, without a connection.
namespace control {

// The method of a short name (of the control API), or of SERVICE/METHOD or SERVICE.METHOD.
// kInvalidArgument lists the methods there are.
absl::StatusOr<const google::protobuf::MethodDescriptor*> FindMethod(std::string_view name);

// Cuts "{…} {…}" into its objects. Nothing but white space: one empty object.
absl::StatusOr<std::vector<std::string>> SplitObjects(std::string_view json);

absl::StatusOr<std::unique_ptr<google::protobuf::Message>> FromJson(
    const google::protobuf::Descriptor& type, const std::string& json);
std::string ToJson(const google::protobuf::Message& message);

// An error as text: "INVALID_ARGUMENT: message", then a line for each wrong field.
std::string DescribeError(int code, const std::string& message, const std::string& details);

}  // namespace control
