// Key sets from a server and from a file of the test's own.
#include "edge/jwks/jwks_fetcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include "signing_key.h"
#include "tests/support/hook_endpoint.h"

namespace edge {
namespace {

using gatehouse::v1::AuthSettings;
using gatehouse::v1::JwksSettings;
using testing::HasSubstr;

bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

std::string SetWith(const std::string& kid) {
  static const SigningKey key = SigningKey::Ed25519();
  return R"({"keys":[{"kid":")" + kid + "\"," + key.PublicJwk() + "}]}";
}

// What a server answers, changed by the test as it goes.
class Answer {
 public:
  void Set(std::optional<std::string> answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  std::optional<std::string> Get() {
    const std::lock_guard lock(mutex_);
    ++asked_;
    return answer_;
  }
  int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  std::mutex mutex_;
  std::optional<std::string> answer_ = HookEndpoint::Ok(SetWith("a"));
  int asked_ = 0;
};

class JwksFetcherTest : public testing::Test {
 protected:
  JwksFetcherTest() {
    JwksSettings& jwks = *settings.add_jwks();
    jwks.set_issuer("https://id.example");
    jwks.set_url(server.url());
    jwks.set_refresh_interval(100);
    jwks.set_retry_interval(100);
    jwks.set_stale_if_error(3600000);
    jwks.set_timeout(5000);
  }
  JwksSettings& jwks() { return *settings.mutable_jwks(0); }
  void Start() {
    auto made = JwksFetcher::Make(settings, SystemClock());
    ASSERT_TRUE(made.ok()) << made.status();
    fetcher = *std::move(made);
  }
  bool Has(const std::string& kid) {
    const auto current = fetcher->issuers().front()->current();
    return current != nullptr && current->Find(kid) != nullptr;
  }
  bool GetsKeys(const std::string& kid) {
    return Eventually([&] { return Has(kid); });
  }
  // Waits for two further tries, so that the one before the last has ended.
  void AwaitTries() {
    const int before = answer.asked();
    ASSERT_TRUE(Eventually([&] { return answer.asked() >= before + 2; }));
  }
  double Metric(const std::string& name) {
    const std::string text = fetcher->Metrics();
    const std::string line = name + "{issuer=\"https://id.example\"} ";
    const size_t at = text.find(line);
    return at == std::string::npos ? -2 : std::atof(text.c_str() + at + line.size());
  }

  Answer answer;
  HookEndpoint server{[this](const HookEndpoint::Request&) { return answer.Get(); }};
  AuthSettings settings;
  std::unique_ptr<JwksFetcher> fetcher;
};

TEST_F(JwksFetcherTest, WithoutIssuersThereIsNone) {
  EXPECT_EQ(*JwksFetcher::Make({}, SystemClock()), nullptr);
}

TEST_F(JwksFetcherTest, FollowsARotation) {
  Start();
  ASSERT_TRUE(GetsKeys("a"));
  EXPECT_EQ(fetcher->Missing(), "");
  answer.Set(HookEndpoint::Ok(SetWith("b")));
  ASSERT_TRUE(GetsKeys("b"));
  EXPECT_FALSE(Has("a"));
  EXPECT_GE(Metric("gatehouse_jwks_fetches_total"), 2);
  EXPECT_EQ(Metric("gatehouse_jwks_failures_total"), 0);
  EXPECT_EQ(Metric("gatehouse_jwks_keys"), 1);
  EXPECT_GE(Metric("gatehouse_jwks_age_seconds"), 0);
}

TEST_F(JwksFetcherTest, KeepsTheKeysWhateverTheServerAnswers) {
  Start();
  ASSERT_TRUE(GetsKeys("a"));
  const std::string big = SetWith("b") + std::string(size_t{1} << 20, ' ');
  for (const std::optional<std::string>& bad :
       {std::optional<std::string>(), std::optional<std::string>("nonsense\r\n\r\n"),
        std::optional<std::string>(HookEndpoint::Ok("<html>")),
        std::optional<std::string>(HookEndpoint::Ok(big)),
        std::optional<std::string>("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"),
        std::optional<std::string>("HTTP/1.1 302 Found\r\nLocation: " + server.url() +
                                   "\r\nContent-Length: 0\r\n\r\n")}) {
    answer.Set(bad);
    AwaitTries();
    EXPECT_TRUE(Has("a"));
    EXPECT_FALSE(Has("b"));
  }
  EXPECT_GE(Metric("gatehouse_jwks_failures_total"), 6);
  answer.Set(HookEndpoint::Ok(SetWith("b")));
  EXPECT_TRUE(GetsKeys("b"));
}

TEST_F(JwksFetcherTest, TakesKeysAwayThatAreTooOld) {
  jwks().set_stale_if_error(300);
  Start();
  ASSERT_TRUE(GetsKeys("a"));
  answer.Set(std::nullopt);
  ASSERT_TRUE(Eventually([&] { return fetcher->issuers().front()->current() == nullptr; }));
  EXPECT_EQ(Metric("gatehouse_jwks_keys"), 0);
  EXPECT_EQ(fetcher->Missing(), "");
}

TEST_F(JwksFetcherTest, AnUnknownKidBringsAFetchForward) {
  jwks().set_refresh_interval(3600000);
  Start();
  ASSERT_TRUE(GetsKeys("a"));
  answer.Set(HookEndpoint::Ok(SetWith("b")));
  fetcher->issuers().front()->WantRefresh();
  EXPECT_TRUE(GetsKeys("b"));
}

TEST_F(JwksFetcherTest, UnknownKidsAskNoMoreOftenThanRetryInterval) {
  jwks().set_refresh_interval(3600000);
  jwks().set_retry_interval(3600000);
  Start();
  ASSERT_TRUE(GetsKeys("a"));
  for (int i = 0; i < 1000; ++i) {
    fetcher->issuers().front()->WantRefresh();
    fetcher->issuers().front()->TakeWanted();
  }
  // Whatever was woken by that has run when this has.
  fetcher.reset();
  EXPECT_EQ(answer.asked(), 1);
}

TEST_F(JwksFetcherTest, OneThatHangsDelaysNoOther) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  HookEndpoint hanging([released](const HookEndpoint::Request&) -> std::optional<std::string> {
    released.wait();
    return std::nullopt;
  });
  jwks().set_url(hanging.url());
  jwks().set_timeout(60000);
  JwksSettings& second = *settings.add_jwks();
  second = jwks();
  second.set_issuer("https://other.example");
  second.set_url(server.url());
  Start();
  EXPECT_TRUE(Eventually([&] { return fetcher->issuers()[1]->current() != nullptr; }));
  EXPECT_THAT(fetcher->Missing(), HasSubstr("https://id.example"));
  fetcher.reset();
  release.set_value();
}

TEST_F(JwksFetcherTest, AServerThatHangsIsGivenUp) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  std::atomic<int> asked = 0;
  HookEndpoint hanging([&, released](const HookEndpoint::Request&) -> std::optional<std::string> {
    if (asked++ > 0) return HookEndpoint::Ok(SetWith("a"));
    released.wait();
    return std::nullopt;
  });
  jwks().set_url(hanging.url());
  jwks().set_timeout(100);
  Start();
  EXPECT_TRUE(GetsKeys("a"));
  EXPECT_GE(Metric("gatehouse_jwks_failures_total"), 1);
  release.set_value();
}

class JwksFileTest : public JwksFetcherTest {
 protected:
  JwksFileTest() {
    path = std::filesystem::path(testing::TempDir()) /
           ("jwks-" + std::to_string(::getpid()) + "-" +
            testing::UnitTest::GetInstance()->current_test_info()->name());
    jwks().clear_url();
    jwks().set_file(path);
  }
  ~JwksFileTest() override {
    fetcher.reset();
    std::filesystem::remove(path);
  }
  // Another file in its place, as those do it who write well.
  void Write(const std::string& text) {
    std::ofstream(path.string() + ".new") << text;
    std::filesystem::rename(path.string() + ".new", path);
  }

  std::filesystem::path path;
};

TEST_F(JwksFileTest, IsReadAgainWhenItChanges) {
  Write(SetWith("a"));
  Start();
  ASSERT_TRUE(GetsKeys("a"));
  Write(SetWith("b"));
  EXPECT_TRUE(GetsKeys("b"));
}

TEST_F(JwksFileTest, ABadOneOrNoneKeepsTheKeys) {
  Write(SetWith("a"));
  Start();
  ASSERT_TRUE(GetsKeys("a"));
  Write("{");
  ASSERT_TRUE(Eventually([&] { return Metric("gatehouse_jwks_failures_total") == 1; }));
  std::filesystem::remove(path);
  ASSERT_TRUE(Eventually([&] { return Metric("gatehouse_jwks_failures_total") == 2; }));
  EXPECT_TRUE(Has("a"));
  Write(SetWith("b"));
  EXPECT_TRUE(GetsKeys("b"));
}

TEST_F(JwksFileTest, IsCheckedBeforeTheStart) {
  EXPECT_THAT(std::string(CheckJwks(settings).message()), HasSubstr("cannot be read"));
  Write("{}");
  EXPECT_THAT(std::string(CheckJwks(settings).message()),
              HasSubstr("auth.jwks[0] (issuer 'https://id.example'): it has no array 'keys'"));
  Write(SetWith("a"));
  EXPECT_TRUE(CheckJwks(settings).ok());
}

TEST_F(JwksFetcherTest, CertificatesThatCannotBeReadAreAnError) {
  jwks().set_url("https://127.0.0.1/jwks");
  jwks().set_ca_file("/nowhere/ca.pem");
  EXPECT_EQ(CheckJwks(settings).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(JwksFetcher::Make(settings, SystemClock()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace edge
