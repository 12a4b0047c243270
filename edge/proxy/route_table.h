#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "edge/proxy/message_head.h"
#include "gatehouse/v1/config.pb.h"

namespace edge {

// Where a request goes, and for whom.
struct Route {
  enum class Target : uint8_t { kGatehouse, kUpstream, kRedirect, kFolder };
  std::string host;  // in lower case; "" any; ".example.com" any below it
  std::string path;
  std::string header_name;   // in lower case
  std::string header_value;  // empty: any
  Target target = Target::kGatehouse;
  size_t upstream = 0;  // index into the configuration's upstreams
  std::string redirect;
  bool append_path = false;  // to the redirect
  int redirect_status = 308;
  std::string folder;
  bool websocket = false;
};

// The path that routes are matched against: without the query, decoded, empty segments, "." and
// ".." resolved. Nothing when it leaves the root, holds NUL, or cannot be decoded.
std::optional<std::string> NormalPath(std::string_view target);

// The routes of the configuration, in order. Immutable, any thread.
class RouteTable {
 public:
  // kInvalidArgument names the setting that is wrong.
  static absl::StatusOr<RouteTable> Make(const gatehouse::v1::ProxySettings& settings);

  // The first route that takes the request; null: Gatehouse's own endpoints. `path`: NormalPath of
  // the request's. A request for a WebSocket passes over routes that do not let it through.
  const Route* Match(const RequestHead& request, std::string_view path) const;

  bool empty() const { return routes_.empty(); }

 private:
  std::vector<Route> routes_;
};

// Whether `path` is `prefix` or below it.
bool IsBelow(std::string_view path, std::string_view prefix);

}  // namespace edge
