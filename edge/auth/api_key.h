#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {

// What a caller of the control API may do. Immutable.
struct CallerScopes {
  std::vector<std::string> rpcs;           // empty: all
  std::vector<std::string> room_prefixes;  // empty: all

  bool MayCall(std::string_view rpc) const;
  bool MayNameRoom(std::string_view room) const;
  bool restricted_to_rooms() const { return !room_prefixes.empty(); }
};

struct Caller {
  std::string_view name;
  const CallerScopes* scopes = nullptr;
};

// The keys of the control API's callers, as their SHA-256. Immutable, any thread. A look-up hashes
// once and compares with every key in constant time.
class ApiKeys {
 public:
  // kInvalidArgument: a hash that is not 64 hex digits, or a name or hash given twice.
  static absl::StatusOr<ApiKeys> Load(const gatehouse::v1::ControlSettings& settings);

  // Views and pointers are valid as long as this object is.
  std::optional<Caller> Find(std::string_view presented) const;
  bool empty() const { return keys_.empty(); }

 private:
  struct Key {
    std::string name;
    std::string digest;
    CallerScopes scopes;
  };
  // What is wrong with one more; empty: nothing.
  std::string ProblemWith(const gatehouse::v1::ApiKeySettings& key,
                          const std::optional<std::string>& digest) const;
  std::vector<Key> keys_;
};

}  // namespace edge
