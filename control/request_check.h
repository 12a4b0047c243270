#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "edge/auth/api_key.h"
#include "edge/node/node_api.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/rpc/error_details.pb.h"

namespace control {

inline constexpr size_t kMaxTargets = 1000;
inline constexpr size_t kMaxWatchedRooms = 100;
inline constexpr size_t kMaxReasonBytes =
    123;  // RFC 6455 5.5: a close frame holds 125 with its code
inline constexpr size_t kMaxPageTokenBytes = 2048;

using Names = google::protobuf::RepeatedPtrField<std::string>;

// A field, or one element of it: put together only when it is wrong.
struct FieldPath {
  FieldPath(std::string_view n)
      : name(n) {}                       // NOLINT(google-explicit-constructor): a name is a path
  FieldPath(const char* n) : name(n) {}  // NOLINT(google-explicit-constructor): a name is a path
  FieldPath(const std::string& n)
      : name(n) {}  // NOLINT(google-explicit-constructor): a name is a path
  FieldPath(std::string_view n, int i) : name(n), index(i) {}
  std::string ToString() const;

  std::string_view name;
  int index = -1;  // of an element
};

// Reads the fields of one request into the edge's types and collects everything that is wrong, by
// field. What a wrong field gives is of no use: ask status() before using any.
//
// Strings are UTF-8 already: a request with others is refused before it gets here.
class RequestCheck {
 public:
  // `path` goes before the names of the fields ("broadcast." in a stream).
  explicit RequestCheck(const edge::CallerScopes& scopes, std::string path = "")
      : scopes_(scopes), path_(std::move(path)) {}

  // A field is wrong.
  void Refuse(FieldPath field, std::string_view description);
  // kInvalidArgument while a field is wrong; else kPermissionDenied while the scopes do not cover a
  // room or the RPC.
  absl::Status status() const;

  // Rooms must be covered by the caller's scopes.
  edge::RoomName Room(FieldPath field, const std::string& name);
  std::optional<edge::RoomName> OptionalRoom(FieldPath field, const std::string& name);
  // 1 to `limit`, each once.
  std::vector<edge::RoomName> Rooms(std::string_view field, const Names& names, size_t limit);
  // What the RPC does or tells is not bounded by rooms: it is for callers who may name all rooms.
  void NeedAllRooms(std::string_view what);

  // At most `limit`, each once, of rooms that are all covered by the caller's scopes.
  std::vector<std::string> Patterns(std::string_view field, const Names& patterns, size_t limit);

  edge::UserId User(FieldPath field, const std::string& name);
  std::optional<edge::UserId> OptionalUser(FieldPath field, const std::string& name);
  // At most kMaxTargets.
  std::vector<edge::UserId> Users(std::string_view field, const Names& names);
  std::vector<edge::ConnectionId> Connections(std::string_view field, const Names& names);
  edge::ConnectionId Connection(FieldPath field, const std::string& text);
  // 1 to kMaxTargets names, each once.
  void NeedTargets(std::string_view field, const Names& names);

  edge::Page Page(uint32_t page_size, const std::string& page_token);
  std::string CloseReason(FieldPath field, const std::string& reason);
  // In milliseconds, rounded up, so that what is above 0 stays above 0.
  int64_t Millis(FieldPath field, const google::protobuf::Duration& duration);
  // Since 1970, rounded down; after 1970, up to the year 9999.
  int64_t UnixMillis(FieldPath field, const google::protobuf::Timestamp& time);
  // A token's 'jti': up to 255 bytes without control characters; may be empty.
  std::string TokenId(FieldPath field, const std::string& id);

 private:
  void Take(FieldPath field, const absl::Status& status);
  void Cover(FieldPath field, const std::string& name, std::string_view prefix);
  bool CheckCount(std::string_view field, size_t count, size_t limit, std::string_view what);
  void CheckEachOnce(std::string_view field, const Names& names);

  const edge::CallerScopes& scopes_;
  const std::string path_;
  std::vector<google::rpc::BadRequest::FieldViolation> violations_;
  absl::Status denied_;
};

}  // namespace control
