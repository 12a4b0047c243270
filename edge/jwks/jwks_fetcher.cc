#include "edge/jwks/jwks_fetcher.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <fstream>
#include <optional>
#include <utility>

#include "edge/base/status_macros.h"
#include "edge/base/text.h"
#include "edge/metrics/metric_list.h"
#include "edge/metrics/metrics.h"

namespace edge {
namespace {

namespace asio = boost::asio;
using gatehouse::v1::AuthSettings;
using gatehouse::v1::JwksSettings;

constexpr int64_t kFileInterval = 1000;
constexpr uint16_t kHttpsPort = 443;
constexpr uint16_t kHttpPort = 80;
constexpr double kMillisPerSecond = 1000;

struct Family {
  std::string_view type;
  std::string_view name;
  std::string_view help;
};
struct Families {
#define GATEHOUSE_DECLARE(member, type, name, help) Family member = {type, name, help};
  GATEHOUSE_JWKS_METRICS(GATEHOUSE_DECLARE)
#undef GATEHOUSE_DECLARE
};
constexpr Families kFamilies;

absl::StatusOr<std::string> ReadSet(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxJwksBytes + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    return Error(absl::StatusCode::kInvalidArgument, "{} cannot be read", path);
  }
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

// Another text when the file is another; empty when there is none.
std::string StampOf(const std::string& path) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) return "";
  return fmt::format("{} {} {} {}.{:09}", info.st_dev, info.st_ino, info.st_size,
                     info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

absl::StatusOr<HttpGet> MakeGet(const JwksSettings& jwks) {
  std::optional<EndpointUrl> url = ParseEndpointUrl(jwks.url());
  if (!url) return absl::InvalidArgumentError("url is no URL");
  if (url->port == 0) url->port = url->scheme == "https" ? kHttpsPort : kHttpPort;
  return HttpGet::Make(*std::move(url), jwks.ca_file());
}

// Waits that long, or until somebody cancels the timer.
asio::awaitable<void> Wait(asio::steady_timer& timer, int64_t millis) {
  timer.expires_after(std::chrono::milliseconds(std::max<int64_t>(millis, 0)));
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

// A label's value, as the text format wants it.
std::string Label(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

}  // namespace

absl::Status CheckJwks(const AuthSettings& settings) {
  std::string problems;
  for (int i = 0; i < settings.jwks_size(); ++i) {
    const JwksSettings& jwks = settings.jwks(i);
    absl::Status status;
    if (!jwks.url().empty()) {
      status = MakeGet(jwks).status();
    } else if (const absl::StatusOr<std::string> text = ReadSet(jwks.file()); text.ok()) {
      status = ParseJwks(*text, RulesOf(jwks)).status();
    } else {
      status = text.status();
    }
    if (status.ok()) continue;
    problems += fmt::format("{}auth.jwks[{}] (issuer '{}'): {}", problems.empty() ? "" : "\n", i,
                            jwks.issuer(), ToStd(status.message()));
  }
  return problems.empty() ? absl::OkStatus() : absl::InvalidArgumentError(problems);
}

JwksFetcher::JwksFetcher(const Clock& clock) : clock_(clock), work_(io_.get_executor()) {}

JwksFetcher::~JwksFetcher() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

absl::StatusOr<std::unique_ptr<JwksFetcher>> JwksFetcher::Make(const AuthSettings& settings,
                                                               const Clock& clock) {
  if (settings.jwks().empty()) return nullptr;
  std::unique_ptr<JwksFetcher> fetcher(new JwksFetcher(clock));
  for (const JwksSettings& jwks : settings.jwks()) RETURN_IF_ERROR(fetcher->Add(settings, jwks));
  fetcher->thread_ = std::thread([&io = fetcher->io_] { io.run(); });
  return fetcher;
}

absl::Status JwksFetcher::Add(const AuthSettings& settings, const JwksSettings& jwks) {
  keys_.push_back(std::make_shared<IssuerKeys>(
      jwks.issuer(), jwks.audience().empty() ? settings.audience() : jwks.audience()));
  issuers_.push_back(std::make_unique<Issuer>(jwks, keys_.back(), io_));
  Issuer& issuer = *issuers_.back();
  keys_.back()->OnUnknownKid(
      [this, &issuer] { asio::post(io_, [&issuer] { issuer.timer.cancel(); }); });
  if (jwks.url().empty()) {
    asio::co_spawn(io_, FollowFile(issuer), asio::detached);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(HttpGet get, MakeGet(jwks));
  issuer.get = std::make_unique<HttpGet>(std::move(get));
  asio::co_spawn(io_, FollowUrl(issuer), asio::detached);
  return absl::OkStatus();
}

TokenVerifier::Issuers JwksFetcher::issuers() const {
  return keys_;
}

asio::awaitable<void> JwksFetcher::FollowUrl(Issuer& issuer) {
  JwksSource& source = issuer.source;
  while (true) {
    source.Begin(clock_.MonotonicMillis());
    const absl::StatusOr<std::string> text = co_await issuer.get->Run(
        io_, kMaxJwksBytes, static_cast<int64_t>(source.settings().timeout()));
    source.End(text, clock_.MonotonicMillis());
    // A wake may come before the next try is due: how long is left is asked again. No wait is so
    // long that keys which get too old meanwhile are not seen.
    for (int64_t left = 1; left > 0;) {
      const int64_t now = clock_.MonotonicMillis();
      source.DropStale(now);
      left = source.NextTry() - now;
      if (left > 0) {
        co_await Wait(issuer.timer, std::min(left, kFileInterval));
      }
    }
  }
}

asio::awaitable<void> JwksFetcher::FollowFile(Issuer& issuer) {
  while (true) {
    LookAtFile(issuer);
    co_await Wait(issuer.timer, kFileInterval);
  }
}

void JwksFetcher::LookAtFile(Issuer& issuer) {
  JwksSource& source = issuer.source;
  const int64_t now = clock_.MonotonicMillis();
  const std::string& path = source.settings().file();
  std::string stamp = StampOf(path);
  if (stamp == issuer.stamp && source.fetches() > 0) {
    source.keys().TakeWanted();
    return source.failing() ? source.DropStale(now) : source.Confirm(now);
  }
  // Before it is read: what is written meanwhile is seen the next time.
  issuer.stamp = std::move(stamp);
  source.Begin(now);
  source.End(ReadSet(path), now);
}

std::string JwksFetcher::Missing() const {
  for (const auto& issuer : issuers_) {
    if (std::string missing = issuer->source.Missing(); !missing.empty()) return missing;
  }
  return "";
}

std::string JwksFetcher::Metrics() const {
  std::string out;
  const int64_t now = clock_.MonotonicMillis();
  const auto add = [&](const Family& family, auto value_of) {
    AppendMetricHead(family.name, family.help, family.type, out);
    for (const auto& issuer : issuers_) {
      const JwksSource& source = issuer->source;
      out += fmt::format("{}{{issuer=\"{}\"}} {}\n", family.name, Label(source.settings().issuer()),
                         value_of(source));
    }
  };
  add(kFamilies.fetches, [](const JwksSource& source) { return source.fetches(); });
  add(kFamilies.failures, [](const JwksSource& source) { return source.failures(); });
  add(kFamilies.keys, [](const JwksSource& source) {
    const auto keys = source.keys().current();
    return keys == nullptr ? 0 : keys->size();
  });
  add(kFamilies.age, [now](const JwksSource& source) {
    const int64_t had = source.had_millis();
    return had < 0 ? -1.0 : static_cast<double>(now - had) / kMillisPerSecond;
  });
  return out;
}

}  // namespace edge
