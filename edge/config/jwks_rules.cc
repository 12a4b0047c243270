#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "edge/base/endpoint_url.h"
#include "edge/base/ip_address.h"
#include "edge/config/config_rules.h"
#include "edge/config/setting.h"

namespace edge {
namespace {

using gatehouse::v1::JwksSettings;

constexpr int kMostIssuers = 16;

bool IsLoopbackHost(std::string_view host) {
  const std::string ip = CanonicalIp(host).value_or("");
  return host == "localhost" || ip == "::1" || ip.starts_with("127.");
}

void CheckUrl(const JwksSettings& jwks, const std::string& at, ConfigDraft& draft) {
  if (jwks.url().empty()) return;
  const auto url = ParseEndpointUrl(jwks.url());
  const bool secure = url && url->scheme == "https";
  // Whoever can change what is fetched signs tokens for everybody.
  if (!secure && !(url && url->scheme == "http" && IsLoopbackHost(url->host))) {
    draft.AddError(
        at + ".url",
        fmt::format("{} is no URL of a key set; allowed: https://HOST[:PORT]/PATH without "
                    "a query, http:// from loopback",
                    Quoted(jwks.url())));
  } else if (!secure && !jwks.ca_file().empty()) {
    draft.AddError(at + ".ca_file", "goes with an https:// url only");
  }
}

void CheckAlgorithms(const JwksSettings& jwks, const std::string& at, ConfigDraft& draft) {
  // No HS: whoever can fetch the set could sign.
  constexpr std::array<std::string_view, 7> kAllowed = {"RS256", "RS384", "RS512", "PS256",
                                                        "ES256", "ES384", "EdDSA"};
  for (int i = 0; i < jwks.algorithms_size(); ++i) {
    if (std::ranges::find(kAllowed, jwks.algorithms(i)) != kAllowed.end()) continue;
    draft.AddError(fmt::format("{}.algorithms[{}]", at, i),
                   fmt::format("{} is not allowed; allowed: RS256, RS384, RS512, PS256, ES256, "
                               "ES384, EdDSA",
                               Quoted(jwks.algorithms(i))));
  }
}

void CheckIssuer(const JwksSettings& jwks, const std::string& at, ConfigDraft& draft) {
  const auto& auth = draft.config.auth();
  if (auth.keys().empty() || jwks.issuer().empty() || jwks.issuer() != auth.issuer()) return;
  draft.AddError(at + ".issuer",
                 fmt::format("{} is auth.issuer as well: no token would ever come to auth.keys",
                             Quoted(jwks.issuer())));
}

}  // namespace

void CheckJwksRules(ConfigDraft& draft) {
  const auto& sets = draft.config.auth().jwks();
  if (sets.size() > kMostIssuers) {
    draft.AddError("auth.jwks",
                   fmt::format("{} are given; allowed: at most {}", sets.size(), kMostIssuers));
  }
  std::map<std::string, int> issuers;
  for (int i = 0; i < sets.size(); ++i) {
    const JwksSettings& jwks = sets[i];
    const std::string at = fmt::format("auth.jwks[{}]", i);
    if (draft.HasErrorNear(at)) continue;
    if (jwks.url().empty() == jwks.file().empty()) {
      draft.AddError(at, "needs exactly one of url, file");
    }
    CheckUrl(jwks, at, draft);
    CheckAlgorithms(jwks, at, draft);
    CheckIssuer(jwks, at, draft);
    const auto [first, is_new] = issuers.emplace(jwks.issuer(), i);
    if (!is_new) {
      draft.AddError(at + ".issuer",
                     fmt::format("{} is the issuer of auth.jwks[{}] as well; each needs its own",
                                 Quoted(jwks.issuer()), first->second));
    }
  }
}

}  // namespace edge
