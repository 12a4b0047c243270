#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "edge/hooks/hook_call.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {

// One of hooks.rules.
struct HookRule {
  HookMethod method = HookMethod::kConnect;
  size_t service = 0;                   // its index in hooks.services
  bool fail_open = false;               // on_failure: allow
  std::vector<std::string> namespaces;  // empty: all
  std::vector<std::string> methods;     // empty: all
};

enum class HookEventKind : uint8_t { kConnected, kDisconnected, kJoined, kLeft };

// Which question goes where. Immutable, any thread. A look-up is O(rules).
class HookRules {
 public:
  HookRules() = default;
  explicit HookRules(const gatehouse::v1::HookSettings& settings);

  // Null: nobody is asked. `name`: of a join or message the room, of an rpc the method.
  const HookRule* Find(HookMethod method, std::string_view name = {}) const;
  bool Wants(HookEventKind kind) const {
    return (events_ & (1U << static_cast<unsigned>(kind))) != 0;
  }
  bool empty() const { return rules_.empty(); }

 private:
  std::vector<HookRule> rules_;
  uint8_t events_ = 0;  // a bit for each HookEventKind
};

}  // namespace edge
