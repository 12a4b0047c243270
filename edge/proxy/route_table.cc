#include "edge/proxy/route_table.h"

#include <algorithm>
#include <array>

#include "edge/base/status_macros.h"
#include "edge/base/text.h"
#include "edge/proxy/forwarded.h"
#include "edge/transport/query_string.h"

namespace edge {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return lower;
}

absl::Status Wrong(size_t index, std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "proxy.routes[{}]{}", index, what);
}

absl::Status ReadMatch(const gatehouse::v1::ProxyRouteSettings& settings, size_t index,
                       Route& route) {
  route.host = Lower(settings.host());
  if (route.host.starts_with("*.")) route.host.erase(0, 1);
  if (route.host.find_first_of("*:/ ") != std::string::npos) {
    return Wrong(index, ".host: write app.example.com or *.example.com, without a port");
  }
  route.path = settings.path();
  const auto normal = NormalPath(route.path);
  if (!route.path.starts_with('/') || !normal || *normal != route.path) {
    return Wrong(index, ".path: write a decoded path that begins with '/', without // . and ..");
  }
  const std::string_view header = settings.header();
  const size_t colon = std::min(header.find(':'), header.size());
  route.header_name = Lower(header.substr(0, colon));
  if (!header.empty() && !IsToken(route.header_name)) {
    return Wrong(index, ".header: write 'Name' or 'Name: value'");
  }
  std::string_view value = header.substr(std::min(colon + 1, header.size()));
  while (value.starts_with(' ')) value.remove_prefix(1);
  route.header_value = value;
  return absl::OkStatus();
}

absl::Status ReadRedirect(const gatehouse::v1::ProxyRouteSettings& settings, size_t index,
                          Route& route) {
  constexpr std::array<uint32_t, 5> kStatuses = {301, 302, 303, 307, 308};
  const std::string& url = settings.redirect();
  const size_t scheme = url.find("://");
  const bool printable = std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f; });
  const bool absolute = url.starts_with("http://") || url.starts_with("https://");
  if (!printable || (!absolute && !url.starts_with('/'))) {
    return Wrong(index, ".redirect: write https://HOST, https://HOST/PATH or /PATH");
  }
  if (std::ranges::find(kStatuses, settings.redirect_status()) == kStatuses.end()) {
    return Wrong(index, ".redirect_status: allowed are 301, 302, 303, 307 and 308");
  }
  route.target = Route::Target::kRedirect;
  route.redirect = url;
  route.redirect_status = static_cast<int>(settings.redirect_status());
  route.append_path = absolute && url.find('/', scheme + 3) == std::string::npos;
  return absl::OkStatus();
}

absl::Status ReadTarget(const gatehouse::v1::ProxySettings& proxy, size_t index, Route& route) {
  const auto& settings = proxy.routes(static_cast<int>(index));
  const int given = (settings.upstream().empty() ? 0 : 1) + (settings.gatehouse() ? 1 : 0) +
                    (settings.redirect().empty() ? 0 : 1) + (settings.folder().empty() ? 0 : 1);
  if (given != 1) {
    return Wrong(index, " needs exactly one of upstream, gatehouse, redirect and folder");
  }
  route.websocket = settings.websocket();
  if (route.websocket && settings.upstream().empty()) {
    return Wrong(index, ".websocket: only a route to an upstream lets WebSockets through");
  }
  if (settings.gatehouse()) return absl::OkStatus();
  if (!settings.redirect().empty()) return ReadRedirect(settings, index, route);
  if (!settings.folder().empty()) {
    route.target = Route::Target::kFolder;
    route.folder = settings.folder();
    return absl::OkStatus();
  }
  route.target = Route::Target::kUpstream;
  const auto& upstreams = proxy.upstreams();
  const auto named = std::find_if(upstreams.begin(), upstreams.end(), [&](const auto& upstream) {
    return upstream.name() == settings.upstream();
  });
  if (named == upstreams.end()) {
    return Wrong(index, fmt::format(".upstream: there is no proxy.upstreams with the name '{}'",
                                    settings.upstream()));
  }
  route.upstream = static_cast<size_t>(named - upstreams.begin());
  return absl::OkStatus();
}

bool HostMatches(const Route& route, std::string_view host) {
  if (route.host.empty()) return true;
  if (!route.host.starts_with('.')) return EqualsLower(host, route.host);
  return host.size() > route.host.size() &&
         EqualsLower(host.substr(host.size() - route.host.size()), route.host);
}

bool HeaderMatches(const Route& route, const RequestHead& request) {
  if (route.header_name.empty()) return true;
  return std::ranges::any_of(request.fields, [&](const HeadField& field) {
    return EqualsLower(field.name, route.header_name) &&
           (route.header_value.empty() || field.value == route.header_value);
  });
}

}  // namespace

std::optional<std::string> NormalPath(std::string_view target) {
  auto decoded = PercentDecode(target.substr(0, target.find('?')), false);
  if (!decoded || decoded->find('\0') != std::string::npos) return std::nullopt;
  if (*decoded == "*") return decoded;
  std::string path;
  std::string_view rest = *decoded;
  bool folder = false;  // ends with '/'
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view segment = rest.substr(0, end);
    rest.remove_prefix(end);
    folder = segment.empty() || segment == "." || segment == "..";
    if (segment == "..") {
      if (path.empty()) return std::nullopt;
      path.erase(path.rfind('/'));
    } else if (!folder) {
      path.append("/").append(segment);
    }
  }
  if (folder || path.empty()) path += '/';
  return path;
}

bool IsBelow(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return false;
  return prefix.ends_with('/') || path.size() == prefix.size() || path[prefix.size()] == '/';
}

absl::StatusOr<RouteTable> RouteTable::Make(const gatehouse::v1::ProxySettings& settings) {
  RouteTable table;
  for (int i = 0; i < settings.routes_size(); ++i) {
    const auto index = static_cast<size_t>(i);
    Route route;
    RETURN_IF_ERROR(ReadMatch(settings.routes(i), index, route));
    RETURN_IF_ERROR(ReadTarget(settings, index, route));
    table.routes_.push_back(std::move(route));
  }
  return table;
}

const Route* RouteTable::Match(const RequestHead& request, std::string_view path) const {
  const std::string_view host = HostOfAddress(request.host);
  for (const Route& route : routes_) {
    if (!HostMatches(route, host) || !HeaderMatches(route, request)) continue;
    // "*" has no path: any route of the host may take it.
    if (path != "*" && !IsBelow(path, route.path)) continue;
    const bool tunnel = route.target == Route::Target::kUpstream && route.websocket;
    if (request.upgrades_to_websocket && route.target != Route::Target::kGatehouse && !tunnel) {
      continue;
    }
    return &route;
  }
  return nullptr;
}

}  // namespace edge
