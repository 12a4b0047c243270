#include "edge/hooks/service_factory.h"

#include <utility>

#include "edge/base/endpoint_url.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"
#include "edge/hooks/attached_client.h"
#include "edge/hooks/grpc_hook_client.h"
#include "edge/hooks/hook_secret.h"
#include "edge/hooks/hook_signer.h"
#include "edge/hooks/http_hook_client.h"

namespace edge {
namespace {

using gatehouse::v1::HookServiceSettings;

absl::StatusOr<std::unique_ptr<HookClient>> MakeClient(boost::asio::io_context& io,
                                                       const Clock& clock,
                                                       const HookServiceSettings& settings,
                                                       const std::string& endpoint) {
  std::optional<EndpointUrl> url = ParseEndpointUrl(endpoint);
  if (!url) return Error(absl::StatusCode::kInvalidArgument, "'{}' is no URL", endpoint);
  ASSIGN_OR_RETURN(std::string bearer, HookSecret(settings.bearer(), settings.bearer_file()));
  const auto& tls = settings.tls();
  if (url->scheme.starts_with("grpc")) {
    return GrpcHookClient::Make(io, clock,
                                {.url = *std::move(url),
                                 .bearer = std::move(bearer),
                                 .max_answer = settings.max_answer_size(),
                                 .ca_file = tls.ca_file(),
                                 .certificate_file = tls.certificate_file(),
                                 .key_file = tls.key_file()});
  }
  ASSIGN_OR_RETURN(HookSigner signer, HookSigner::Load(settings));
  return HttpHookClient::Make(io, clock,
                              {.url = *std::move(url),
                               .signer = std::move(signer),
                               .bearer = std::move(bearer),
                               .max_answer = settings.max_answer_size(),
                               .ca_file = tls.ca_file(),
                               .certificate_file = tls.certificate_file(),
                               .key_file = tls.key_file()});
}

// Workers are the one endpoint. Which of them is left alone is decided for each of them, by the
// pool, and not for all by the gate.
void UseWorkers(boost::asio::io_context& io, const Clock& clock,
                const HookServiceSettings& settings, const HookAnswerLimits& limits,
                HookService::Options& options, std::vector<std::unique_ptr<HookClient>>& clients) {
  AttachedClient::Options workers;
  workers.service = settings.name();
  workers.pool = {.pass_over_millis = options.gate.breaker_open_millis,
                  .most_failures = options.gate.breaker_failures};
  workers.timeout_millis = options.gate.timeout_millis;
  workers.max_answer = settings.max_answer_size();
  workers.answer = limits;
  auto client = std::make_unique<AttachedClient>(io, clock, std::move(workers));
  options.attached = client.get();
  options.endpoints.push_back("attached workers");
  options.gate.endpoints = 1;
  options.gate.breaker_failures = 0;
  clients.push_back(std::move(client));
}

}  // namespace

absl::StatusOr<std::unique_ptr<HookService>> MakeHookService(boost::asio::io_context& io,
                                                             const Clock& clock,
                                                             HookMetrics& metrics,
                                                             const HookServiceSettings& settings,
                                                             const HookAnswerLimits& limits) {
  HookService::Options options;
  options.name = settings.name();
  options.gate = {.endpoints = static_cast<size_t>(settings.endpoints_size()),
                  .max_concurrent = settings.max_concurrent(),
                  .max_waiting = settings.max_waiting(),
                  .timeout_millis = static_cast<int64_t>(settings.timeout()),
                  .breaker_failures = settings.breaker_failures(),
                  .breaker_open_millis = static_cast<int64_t>(settings.breaker_open())};
  options.answer = limits;
  std::vector<std::unique_ptr<HookClient>> clients;
  if (settings.attached()) UseWorkers(io, clock, settings, limits, options, clients);
  for (const std::string& endpoint : settings.endpoints()) {
    absl::StatusOr<std::unique_ptr<HookClient>> client = MakeClient(io, clock, settings, endpoint);
    if (!client.ok()) {
      return Error(absl::StatusCode::kInvalidArgument, "hooks.services '{}': {}", settings.name(),
                   ToStd(client.status().message()));
    }
    clients.push_back(*std::move(client));
    options.endpoints.push_back(endpoint);
  }
  return std::make_unique<HookService>(io, clock, metrics, std::move(options), std::move(clients));
}

absl::Status CheckHookServices(const gatehouse::v1::Config& config) {
  boost::asio::io_context io(1);
  HookMetrics metrics;
  for (const HookServiceSettings& settings : config.hooks().services()) {
    RETURN_IF_ERROR(MakeHookService(io, SystemClock(), metrics, settings, {}).status());
  }
  return absl::OkStatus();
}

}  // namespace edge
