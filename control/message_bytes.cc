#include "control/message_bytes.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/common.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <limits>
#include <map>
#include <optional>
#include <string>

#include "control/status_details.h"

namespace control {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr int kMaxDepth = 16;  // deeper than any request is

std::string PathOf(const FieldDescriptor& field, int index) {
  return field.is_repeated() && !field.is_map() ? fmt::format("{}[{}]", field.name(), index)
                                                : field.name();
}

// The path of the first string in `bytes` that is not UTF-8. Only of messages that failed to parse.
std::optional<std::string> FindBadString(const Descriptor& type, const std::string& bytes,
                                         int depth) {
  CodedInputStream input(reinterpret_cast<const uint8_t*>(bytes.data()),
                         static_cast<int>(bytes.size()));
  std::map<int, int> seen;
  while (const uint32_t tag = input.ReadTag()) {
    const FieldDescriptor* const field =
        type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    const bool has_bytes =
        WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
    if (field == nullptr || !has_bytes || field->type() == FieldDescriptor::TYPE_BYTES) {
      if (!WireFormatLite::SkipField(&input, tag)) return std::nullopt;
      continue;
    }
    const int index = seen[field->number()]++;
    uint32_t size = 0;
    std::string value;
    if (!input.ReadVarint32(&size) || size > bytes.size() ||
        !input.ReadString(&value, static_cast<int>(size))) {
      return std::nullopt;
    }
    if (field->type() == FieldDescriptor::TYPE_STRING && !IsUtf8(value))
      return PathOf(*field, index);
    if (field->type() != FieldDescriptor::TYPE_MESSAGE || depth == 0) continue;
    if (const auto inner = FindBadString(*field->message_type(), value, depth - 1)) {
      return field->is_map() ? PathOf(*field, index) : PathOf(*field, index) + "." + *inner;
    }
  }
  return std::nullopt;
}

std::string Flatten(const grpc::ByteBuffer& bytes) {
  std::vector<grpc::Slice> slices;
  std::string flat;
  if (!bytes.Dump(&slices).ok()) return flat;
  for (const grpc::Slice& slice : slices) {
    flat.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return flat;
}

bool Parse(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  // What came in one piece, as nearly all requests do, is read where it is.
  grpc::Slice slice;
  if (bytes.TrySingleSlice(&slice).ok()) {
    return message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  }
  grpc::ByteBuffer copy = bytes;  // of references: the reader wants it mutable
  grpc::ProtoBufferReader reader(&copy);
  return reader.status().ok() && message.ParseFromZeroCopyStream(&reader);
}

}  // namespace

bool IsUtf8(std::string_view text) {
  return google::protobuf::internal::IsStructurallyValidUTF8(text.data(),
                                                             static_cast<int>(text.size()));
}

absl::Status ParseMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  if (Parse(bytes, message)) return absl::OkStatus();
  const auto field = FindBadString(*message.GetDescriptor(), Flatten(bytes), kMaxDepth);
  if (field) return BadField(*field, "is not valid UTF-8");
  return WithReason(
      absl::InvalidArgumentError("the message is not a valid " + message.GetTypeName()),
      "MESSAGE_MALFORMED");
}

grpc::ByteBuffer ToBytes(const google::protobuf::Message& message) {
  const size_t size = message.ByteSizeLong();
  if (size > std::numeric_limits<int>::max()) return {};
  // Of one slice, which nobody else has yet.
  grpc::Slice slice(size);
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  return {&slice, 1};
}

}  // namespace control
