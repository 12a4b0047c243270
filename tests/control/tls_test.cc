// TLS and mutual TLS: who may call by the name in a certificate.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "control/call.h"
#include "tests/control/certificates.h"
#include "tests/control/control_rig.h"

namespace control {
namespace {

using testing::HasSubstr;

class TlsTest : public testing::Test {
 protected:
  TlsTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "control_tls_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    const Certificate server = MakeCertificate(authority_, "server", "localhost");
    Write("server.pem", server.CertificatePem());
    Write("server.key", server.KeyPem());
    Write("ca.pem", authority_.CertificatePem());
    settings_ = LoopbackSettings();
    settings_.set_allow_unauthenticated(false);
    settings_.mutable_tls()->set_certificate_file(File("server.pem"));
    settings_.mutable_tls()->set_key_file(File("server.key"));
  }
  ~TlsTest() override { std::filesystem::remove_all(folder_); }

  std::string File(const std::string& name) const { return folder_ / name; }
  void Write(const std::string& name, const std::string& content) const {
    std::ofstream(File(name), std::ios::binary) << content;
  }

  // Mutual TLS: "billing" may broadcast to chat rooms, "ops.example.com" all.
  void AskForCertificates() {
    settings_.mutable_tls()->set_client_ca_file(File("ca.pem"));
    auto& billing = *settings_.mutable_tls()->add_clients();
    billing.set_name("billing");
    billing.add_rpcs("Broadcast");
    billing.add_rooms("chat:");
    settings_.mutable_tls()->add_clients()->set_name("ops.example.com");
  }

  void Start() {
    auto started = ControlServer::Start(settings_, node_);
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }

  // A caller that shows `certificate`, if any.
  CallOptions Caller(const std::string& method, const std::string& json,
                     const Certificate* certificate = nullptr) const {
    const std::string address = server_->address();
    CallOptions options{.method = method,
                        .json = json,
                        .target = "localhost" + address.substr(address.rfind(':')),
                        .tls_ca_file = File("ca.pem"),
                        .timeout_millis = 20'000};
    if (certificate != nullptr) {
      Write("client.pem", certificate->CertificatePem());
      Write("client.key", certificate->KeyPem());
      options.tls_certificate_file = File("client.pem");
      options.tls_key_file = File("client.key");
    }
    return options;
  }
  static absl::StatusCode Call(const CallOptions& options) {
    std::ostringstream out;
    return RunCall(options, out).code();
  }

  Certificate authority_ = MakeAuthority("test authority");
  std::filesystem::path folder_;
  gatehouse::v1::ControlSettings settings_;
  edge::FakeNodeApi node_;
  std::unique_ptr<ControlServer> server_;
};

TEST_F(TlsTest, ACallerWithAKeyNeedsNoCertificate) {
  auto& key = *settings_.add_api_keys();
  key.set_name("full");
  key.set_sha256(Sha256Hex("full-key"));
  Start();
  CallOptions options = Caller("GetNodes", "{}");
  EXPECT_EQ(Call(options), absl::StatusCode::kUnauthenticated);
  options.key = "full-key";
  EXPECT_EQ(Call(options), absl::StatusCode::kOk);
}

TEST_F(TlsTest, PlaintextIsNotServed) {
  Start();
  CallOptions options = Caller("GetNodes", "{}");
  options.tls_ca_file.clear();
  EXPECT_EQ(Call(options), absl::StatusCode::kUnavailable);
}

TEST_F(TlsTest, AllowUnauthenticatedIsForThisMachineAndItIsThisMachine) {
  settings_.set_allow_unauthenticated(true);
  Start();
  EXPECT_EQ(Call(Caller("GetNodes", "{}")), absl::StatusCode::kOk);
}

TEST_F(TlsTest, ACertificatesCommonNameHasItsScopes) {
  AskForCertificates();
  Start();
  const Certificate billing = MakeCertificate(authority_, "billing", "");
  EXPECT_EQ(Call(Caller("Broadcast", R"({"rooms":["chat:1"],"json":"1"})", &billing)),
            absl::StatusCode::kOk);
  EXPECT_EQ(Call(Caller("Broadcast", R"({"rooms":["news"],"json":"1"})", &billing)),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Call(Caller("GetNodes", "{}", &billing)), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(node_.calls(), 1u);
}

TEST_F(TlsTest, ACertificatesDnsNameCountsToo) {
  AskForCertificates();
  Start();
  const Certificate ops = MakeCertificate(authority_, "someone", "ops.example.com");
  EXPECT_EQ(Call(Caller("GetNodes", "{}", &ops)), absl::StatusCode::kOk);
}

TEST_F(TlsTest, ANameThatIsNotListedNeedsAKey) {
  AskForCertificates();
  auto& key = *settings_.add_api_keys();
  key.set_name("full");
  key.set_sha256(Sha256Hex("full-key"));
  Start();
  const Certificate other = MakeCertificate(authority_, "other", "");
  CallOptions options = Caller("GetNodes", "{}", &other);
  EXPECT_EQ(Call(options), absl::StatusCode::kUnauthenticated);
  options.key = "full-key";
  EXPECT_EQ(Call(options), absl::StatusCode::kOk);
}

TEST_F(TlsTest, AWrongKeyIsRefusedWhateverTheCertificate) {
  AskForCertificates();
  Start();
  const Certificate ops = MakeCertificate(authority_, "ops.example.com", "");
  CallOptions options = Caller("GetNodes", "{}", &ops);
  options.key = "wrong";
  EXPECT_EQ(Call(options), absl::StatusCode::kUnauthenticated);
}

TEST_F(TlsTest, WithoutACertificateOfTheAuthorityNobodyGetsIn) {
  AskForCertificates();
  Start();
  EXPECT_EQ(Call(Caller("GetNodes", "{}")), absl::StatusCode::kUnavailable);
  const Certificate stranger = MakeAuthority("other authority");
  const Certificate ops = MakeCertificate(stranger, "ops.example.com", "");
  EXPECT_EQ(Call(Caller("GetNodes", "{}", &ops)), absl::StatusCode::kUnavailable);
  EXPECT_EQ(node_.calls(), 0u);
}

TEST_F(TlsTest, BadFilesAreErrorsOfTheSettings) {
  const auto problem = [this] {
    const absl::Status status = ControlServer::Start(settings_, node_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  settings_.mutable_tls()->set_client_ca_file(File("none.pem"));
  EXPECT_THAT(problem(), HasSubstr("control.tls.client_ca_file"));
  settings_.mutable_tls()->clear_client_ca_file();
  Write("other.key", MakeAuthority("other").KeyPem());
  settings_.mutable_tls()->set_key_file(File("other.key"));
  EXPECT_THAT(problem(), HasSubstr("control.tls.key_file"));
  settings_.mutable_tls()->set_certificate_file(File("server.key"));
  EXPECT_THAT(problem(), HasSubstr("control.tls.certificate_file"));
  settings_.mutable_tls()->clear_certificate_file();
  EXPECT_THAT(problem(), HasSubstr("certificate_file"));
}

}  // namespace
}  // namespace control
