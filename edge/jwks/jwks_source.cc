#include "edge/jwks/jwks_source.h"

#include <algorithm>
#include <utility>

#include "edge/base/log.h"
#include "edge/base/text.h"

namespace edge {
namespace {

constexpr int64_t kFirstRetryMillis = 2000;

// Where it comes from, for people.
const std::string& PlaceOf(const gatehouse::v1::JwksSettings& settings) {
  return settings.url().empty() ? settings.file() : settings.url();
}

}  // namespace

JwksRules RulesOf(const gatehouse::v1::JwksSettings& settings) {
  JwksRules rules;
  for (const std::string& name : settings.algorithms()) {
    if (const auto algorithm = ParseJwtAlgorithm(name)) rules.algorithms.push_back(*algorithm);
  }
  if (rules.algorithms.empty()) {
    rules.algorithms = {JwtAlgorithm::kRs256, JwtAlgorithm::kRs384, JwtAlgorithm::kRs512,
                        JwtAlgorithm::kPs256, JwtAlgorithm::kEs256, JwtAlgorithm::kEs384,
                        JwtAlgorithm::kEdDsa};
  }
  return rules;
}

JwksSource::JwksSource(const gatehouse::v1::JwksSettings& settings,
                       std::shared_ptr<IssuerKeys> keys)
    : settings_(settings), rules_(RulesOf(settings)), keys_(std::move(keys)) {}

void JwksSource::Begin(int64_t now) {
  tried_millis_ = now;
  keys_->TakeWanted();
  fetches_.fetch_add(1, std::memory_order_relaxed);
}

void JwksSource::End(const absl::StatusOr<std::string>& text, int64_t now) {
  if (!text.ok()) return Fail(text.status(), now);
  absl::StatusOr<Jwks> set = ParseJwks(*text, rules_);
  if (!set.ok()) return Fail(set.status(), now);
  LogSkipped(*set);
  if (failing_ || had_millis() < 0) {
    LogInfo("the keys of an issuer were had", {{"issuer", settings_.issuer()},
                                               {"from", PlaceOf(settings_)},
                                               {"count", static_cast<uint64_t>(set->keys.size())}});
  }
  failing_ = dropped_ = false;
  keys_->Replace(std::make_shared<const KeySet>(std::move(set->keys)));
  had_millis_.store(now, std::memory_order_relaxed);
}

void JwksSource::Confirm(int64_t now) {
  had_millis_.store(now, std::memory_order_relaxed);
}

void JwksSource::Fail(const absl::Status& why, int64_t now) {
  failures_.fetch_add(1, std::memory_order_relaxed);
  if (!std::exchange(failing_, true)) {
    LogWarn(
        "the keys of an issuer could not be had; the old ones stay for auth.jwks.stale_if_error",
        {{"issuer", settings_.issuer()},
         {"from", PlaceOf(settings_)},
         {"reason", ToStd(why.message())}});
  }
  DropStale(now);
}

void JwksSource::DropStale(int64_t now) {
  const int64_t had = had_millis();
  if (!failing_ || dropped_ || had < 0) return;
  if (now - had < static_cast<int64_t>(settings_.stale_if_error())) return;
  dropped_ = true;
  keys_->Replace(nullptr);
  LogError("the keys of an issuer are too old: its tokens are refused until there are new ones",
           {{"issuer", settings_.issuer()},
            {"from", PlaceOf(settings_)},
            {"age_s", (now - had) / 1000}});
}

int64_t JwksSource::NextTry() const {
  auto retry = static_cast<int64_t>(settings_.retry_interval());
  // Nobody is let in until then.
  if (had_millis() < 0) retry = std::min(retry, kFirstRetryMillis);
  const auto refresh = static_cast<int64_t>(settings_.refresh_interval());
  if (failing_) return tried_millis_ + retry;
  if (keys_->wanted()) return tried_millis_ + std::min(retry, refresh);
  return tried_millis_ + refresh;
}

void JwksSource::LogSkipped(const Jwks& set) {
  if (set.skipped > 0 && set.why_skipped != skipped_) {
    LogWarn("keys of an issuer are not used", {{"issuer", settings_.issuer()},
                                               {"count", static_cast<uint64_t>(set.skipped)},
                                               {"first", set.why_skipped}});
  }
  skipped_ = set.why_skipped;
}

std::string JwksSource::Missing() const {
  if (had_millis() >= 0) return "";
  return fmt::format(
      "no keys of the issuer {} yet, from {} (tries that failed: {}; the log says why)",
      settings_.issuer(), PlaceOf(settings_), failures());
}

}  // namespace edge
