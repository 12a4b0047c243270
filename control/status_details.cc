#include "control/status_details.h"

#include <fmt/format.h>

#include <algorithm>

#include "absl/strings/cord.h"
#include "edge/base/text.h"

namespace control {
namespace {

using Violation = google::rpc::BadRequest::FieldViolation;

constexpr std::string_view kTypePrefix = "type.googleapis.com/";
// Trailers are limited to 8 KiB by most callers; the text goes twice, and escaped.
constexpr size_t kMaxMessageBytes = 512;

std::string TypeUrl(const google::protobuf::Message& message) {
  return std::string(kTypePrefix) + message.GetDescriptor()->full_name();
}

void Attach(const google::protobuf::Message& detail, absl::Status& status) {
  status.SetPayload(TypeUrl(detail), absl::Cord(detail.SerializeAsString()));
}

// Cuts at a character's border.
std::string Shortened(std::string_view text) {
  if (text.size() <= kMaxMessageBytes) return std::string(text);
  size_t end = kMaxMessageBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

std::string_view ReasonOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
      return "REQUEST_INVALID";
    case absl::StatusCode::kUnauthenticated:
      return "CALLER_UNKNOWN";
    case absl::StatusCode::kPermissionDenied:
      return "NOT_ALLOWED";
    case absl::StatusCode::kNotFound:
      return "NOT_FOUND";
    case absl::StatusCode::kFailedPrecondition:
      return "POLICY";
    case absl::StatusCode::kOutOfRange:
      return "POSITION_LOST";
    case absl::StatusCode::kResourceExhausted:
      return "OVERLOADED";
    case absl::StatusCode::kDeadlineExceeded:
      return "DEADLINE_PASSED";
    case absl::StatusCode::kCancelled:
      return "CANCELLED";
    case absl::StatusCode::kUnavailable:
      return "NODE_LEAVING";
    default:
      return "INTERNAL";
  }
}

}  // namespace

absl::Status WithReason(absl::Status status, std::string_view reason) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain("gatehouse");
  Attach(info, status);
  return status;
}

absl::Status BadRequestStatus(const std::vector<Violation>& violations) {
  google::rpc::BadRequest details;
  const size_t named = std::min(violations.size(), kMaxViolations);
  for (size_t i = 0; i < named; ++i) *details.add_field_violations() = violations[i];
  std::string message =
      violations.empty() ? "" : violations[0].field() + ": " + violations[0].description();
  if (violations.size() > 1) message += fmt::format(" (and {} more)", violations.size() - 1);
  absl::Status status = absl::InvalidArgumentError(message);
  Attach(details, status);
  return WithReason(std::move(status), "FIELD_INVALID");
}

absl::Status BadField(std::string_view field, std::string_view description) {
  Violation violation;
  violation.set_field(std::string(field));
  violation.set_description(std::string(description));
  return BadRequestStatus({violation});
}

absl::Status PageTokenError(const absl::Status& status) {
  if (status.code() != absl::StatusCode::kInvalidArgument) return status;
  return BadField("page_token", "is not the next_page_token of a page before");
}

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status result;
  result.set_code(static_cast<int>(status.code()));
  if (status.ok()) return result;
  result.set_message(Shortened(edge::ToStd(status.message())));
  bool has_info = false;
  const std::string info_url = TypeUrl(google::rpc::ErrorInfo());
  const auto copy = [&](const absl::Status& from) {
    from.ForEachPayload([&](absl::string_view url, const absl::Cord& bytes) {
      google::protobuf::Any& detail = *result.add_details();
      detail.set_type_url(std::string(url.data(), url.size()));
      detail.set_value(std::string(bytes));
      has_info = has_info || detail.type_url() == info_url;
    });
  };
  copy(status);
  if (!has_info) copy(WithReason(absl::Status(status.code(), "reason"), ReasonOf(status.code())));
  return result;
}

}  // namespace control
