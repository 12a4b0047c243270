#include "control/call_codec.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "edge/base/text.h"
#include "gatehouse/v1/control.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.pb.h"

namespace control {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

const ServiceDescriptor& ControlApi() {
  return *gatehouse::v1::BroadcastRequest::descriptor()->file()->FindServiceByName(
      "ControlService");
}

std::string MethodNames() {
  std::string names;
  for (int i = 0; i < ControlApi().method_count(); ++i) {
    if (i > 0) names += ", ";
    names += ControlApi().method(i)->name();
  }
  return names;
}

// Two spaces a level instead of one. Strings have no line ends: in JSON they are escaped.
std::string Indented(const std::string& json) {
  std::string text;
  bool leading = true;
  for (const char c : json) {
    if (leading && c == ' ') text += ' ';
    leading = c == '\n' || (leading && c == ' ');
    text += c;
  }
  return text;
}

}  // namespace

absl::StatusOr<const MethodDescriptor*> FindMethod(std::string_view name) {
  // Naming a type of it links the health service's descriptor in.
  grpc::health::v1::HealthCheckRequest::descriptor();
  const MethodDescriptor* method = ControlApi().FindMethodByName(std::string(name));
  if (method == nullptr) {
    std::string full(name);
    if (full.starts_with('/')) full.erase(0, 1);
    std::ranges::replace(full, '/', '.');
    method = DescriptorPool::generated_pool()->FindMethodByName(full);
  }
  if (method == nullptr) {
    return edge::Error(kInvalid, "there is no method '{}'; there are {}", name, MethodNames());
  }
  return method;
}

absl::StatusOr<std::vector<std::string>> SplitObjects(std::string_view json) {
  std::vector<std::string> objects;
  size_t begin = 0;
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
      continue;
    }
    if (depth == 0 && c != '{') {
      if (std::string_view(" \t\r\n").find(c) != std::string_view::npos) continue;
      return edge::Error(kInvalid, "the request is no JSON object: '{}' at byte {}", c, i);
    }
    if (c == '"') quoted = true;
    if (c == '{' && depth++ == 0) begin = i;
    if (c == '}' && --depth == 0) objects.emplace_back(json.substr(begin, i + 1 - begin));
  }
  if (depth != 0) return edge::Error(kInvalid, "the request's JSON object has no end");
  if (objects.empty()) objects.emplace_back("{}");
  return objects;
}

absl::StatusOr<std::unique_ptr<Message>> FromJson(const Descriptor& type, const std::string& json) {
  std::unique_ptr<Message> message(MessageFactory::generated_factory()->GetPrototype(&type)->New());
  const auto status = google::protobuf::util::JsonStringToMessage(json, message.get());
  if (!status.ok()) {
    return edge::Error(kInvalid, "the JSON is no {}: {}", type.name(), status.message().ToString());
  }
  return message;
}

std::string ToJson(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  return status.ok() ? Indented(json) : "{\"unprintable\": \"" + message.GetTypeName() + "\"}\n";
}

std::string DescribeError(int code, const std::string& message, const std::string& details) {
  std::string text = absl::StatusCodeToString(static_cast<absl::StatusCode>(code)) + ": " + message;
  google::rpc::Status status;
  if (!status.ParseFromString(details)) return text;
  for (const auto& detail : status.details()) {
    google::rpc::BadRequest bad;
    if (!detail.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations()) {
      text += "\n  " + violation.field() + ": " + violation.description();
    }
  }
  return text;
}

}  // namespace control
