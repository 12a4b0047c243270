#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "edge/base/check.h"
#include "edge/config/setting.h"
#include "edge/proxy/proxy_front.h"
#include "tests/support/test_gate.h"

namespace edge {

// A gate with a proxy before it: everything goes to one upstream, unless `adjust` says otherwise.
class TestProxy {
 public:
  using Adjust = std::function<void(gatehouse::v1::ProxySettings&)>;

  explicit TestProxy(
      const std::vector<std::string>& endpoints, const Adjust& adjust = [](auto&) {},
      const std::function<void(TestGate::Settings)>& adjust_gate = [](TestGate::Settings) {})
      : context_(Context(endpoints, adjust)), gate_(adjust_gate, [this](HttpGate& gate) {
          gate.SetFront(std::make_unique<ProxyFront>(gate, context_));
        }) {}

  const std::string& address() const { return gate_.address(); }
  const ShardMetrics& metrics() const { return gate_.metrics(); }
  TestGate& gate() { return gate_; }

 private:
  static ProxyContext Context(const std::vector<std::string>& endpoints, const Adjust& adjust) {
    gatehouse::v1::ProxySettings settings = DefaultConfig().proxy();
    auto& upstream = *settings.add_upstreams();
    SetDefaults(upstream);
    upstream.set_name("app");
    for (const std::string& endpoint : endpoints) upstream.add_endpoints(endpoint);
    auto& route = *settings.add_routes();
    SetDefaults(route);
    route.set_upstream("app");
    adjust(settings);
    auto context = ProxyContext::Make(settings);
    GATEHOUSE_CHECK(context.ok(), std::string(context.status().message()).c_str());
    return *std::move(context);
  }

  ProxyContext context_;
  TestGate gate_;
};

// A plain request for `target`.
inline std::string GetRequest(const std::string& target, const std::string& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: app.test\r\n" + headers + "\r\n";
}

}  // namespace edge
