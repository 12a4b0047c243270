#include "edge/hooks/hooks.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include "edge/base/status_macros.h"
#include "edge/base/text.h"
#include "edge/hooks/service_factory.h"
#include "edge/hooks/trace_context.h"

namespace edge {
namespace {

constexpr int64_t kLateMillis = 2;
constexpr int64_t kFlushStepMillis = 5;
// Answers come from one thread: one of the mailbox's queues is theirs.
constexpr uint64_t kSender = 0x686f6f6b;

std::vector<std::string> InLowerCase(const google::protobuf::RepeatedPtrField<std::string>& names) {
  std::vector<std::string> lower(names.begin(), names.end());
  for (std::string& name : lower) {
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  }
  return lower;
}

}  // namespace

Hooks::Hooks(const gatehouse::v1::HookSettings& settings, const Clock& clock)
    : clock_(clock),
      rules_(settings),
      headers_(InLowerCase(settings.headers())),
      events_(settings.event_queue()),
      work_(io_.get_executor()),
      late_timer_(io_) {}

absl::StatusOr<std::unique_ptr<Hooks>> Hooks::Start(const gatehouse::v1::Config& config,
                                                    const Clock& clock, std::string node) {
  std::unique_ptr<Hooks> hooks(new Hooks(config.hooks(), clock));
  if (hooks->rules_.empty()) return nullptr;
  RETURN_IF_ERROR(hooks->Init(config, std::move(node)));
  return hooks;
}

absl::Status Hooks::Init(const gatehouse::v1::Config& config, std::string node) {
  const HookAnswerLimits limits{.max_message = config.client().max_message_size(),
                                .max_info = config.client().max_presence_info_size()};
  for (const auto& settings : config.hooks().services()) {
    ASSIGN_OR_RETURN(std::unique_ptr<HookService> service,
                     MakeHookService(io_, clock_, metrics_, settings, limits));
    services_.push_back(std::move(service));
  }
  if (const HookRule* rule = rules_.Find(HookMethod::kEvents)) {
    pump_ = std::make_unique<HookEventPump>(io_, events_, *services_[rule->service], metrics_,
                                            std::move(node));
    if (AttachedClient* const workers = services_[rule->service]->attached()) {
      workers->OnAttached([this] { pump_->TryAgain(); });
    }
  }
  thread_ = std::thread([this] { io_.run(); });
  return absl::OkStatus();
}

Hooks::~Hooks() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

bool Hooks::Ask(const HookRule& rule, HookCall call, Shard& asker, Then&& then) {
  HookService& service = *services_[rule.service];
  if (!service.TakePlace(rule.method)) return false;
  call.traceparent = ChildTraceparent(call.traceparent);
  auto shared = std::make_shared<const HookCall>(std::move(call));
  auto delivery = std::make_shared<Delivery>(Delivery{std::move(then), {}});
  boost::asio::post(io_, [this, &service, &asker, shared, delivery] {
    service.Ask(shared, [this, &asker, delivery](HookAnswer answer) {
      delivery->answer = std::move(answer);
      Deliver({&asker, delivery});
    });
  });
  return true;
}

bool Hooks::TryDeliver(const Parcel& parcel) {
  return parcel.shard->PostExternal(
      [delivery = parcel.delivery](Hub& hub) {
        std::move(delivery->then)(hub, std::move(delivery->answer));
      },
      kSender);
}

void Hooks::Deliver(Parcel parcel) {
  // Nothing overtakes what could not be delivered.
  if (late_.empty() && TryDeliver(parcel)) return;
  late_.push_back(std::move(parcel));
  if (late_.size() == 1) DeliverLate();
}

void Hooks::DeliverLate() {
  while (!late_.empty() && TryDeliver(late_.front())) late_.pop_front();
  if (late_.empty()) return;
  late_timer_.expires_after(std::chrono::milliseconds(kLateMillis));
  late_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) DeliverLate();
  });
}

absl::StatusOr<std::unique_ptr<AttachedWorker>> Hooks::Attach(
    AttachCommand command, std::shared_ptr<WorkerStream> stream) {
  const auto at = std::ranges::find_if(
      services_, [&](const auto& each) { return each->name() == command.service; });
  if (at == services_.end()) {
    return Error(absl::StatusCode::kNotFound, "hooks.services has no '{}'", command.service);
  }
  if ((*at)->attached() == nullptr) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 "'{}' of hooks.services has endpoints; workers need one with attached: true",
                 command.service);
  }
  return (*at)->attached()->Attach(std::move(command), std::move(stream));
}

void Hooks::Tell(gatehouse::v1::HookEvent event) {
  if (pump_ == nullptr || !events_.Push(std::move(event))) return;
  boost::asio::post(io_, [this] { pump_->Wake(); });
}

void Hooks::FlushEvents(int64_t millis) {
  if (pump_ == nullptr) return;
  const int64_t until = clock_.MonotonicMillis() + millis;
  while (!pump_->idle() && clock_.MonotonicMillis() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(kFlushStepMillis));
  }
}

std::string Hooks::Metrics() const {
  std::string out = metrics_.Expose(events_.lost());
  AppendHookGaugeHead(HookGauge::kOpen, out);
  for (const auto& each : services_) {
    AppendHookGauge(HookGauge::kOpen, each->name(), each->open(), out);
  }
  AppendHookGaugeHead(HookGauge::kBreakers, out);
  for (const auto& each : services_) {
    AppendHookGauge(HookGauge::kBreakers, each->name(), each->breakers(), out);
  }
  AppendHookGaugeHead(HookGauge::kWorkers, out);
  for (const auto& each : services_) {
    if (each->attached() == nullptr) continue;
    AppendHookGauge(HookGauge::kWorkers, each->name(), each->attached()->workers(), out);
  }
  return out;
}

}  // namespace edge
