#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/edge/config/load_attempt.h"

namespace edge {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kAuth[] =
    "auth: {keys: [{algorithm: HS256, secret: 0123456789abcdef0123456789abcdef}]}\n";

// A complete file but for `control`, and two files it may name.
struct ControlAttempt : LoadAttempt {
  std::string certificate = folder.Write("cert.pem", "c");
  std::string ca = folder.Write("ca.pem", "a");

  std::string ErrorsOf(const std::string& control) {
    return File(kAuth + ("control: " + control + "\n")).Errors();
  }
  std::string Tls(const std::string& more) const {
    return "tls: {certificate_file: " + certificate + ", key_file: " + certificate + more + "}";
  }
  std::string MutualTls() const {
    return Tls(", client_ca_file: " + ca + ", clients: [{name: service}]");
  }
};

TEST(ControlRulesTest, SomebodyMustBeAbleToCall) {
  ControlAttempt attempt;
  EXPECT_THAT(attempt.ErrorsOf("{}"),
              AllOf(HasSubstr("control.api_keys: at least one key is needed"), HasSubstr("--dev"),
                    HasSubstr("control.listen to \"\"")));
  EXPECT_THAT(attempt.ErrorsOf("{listen: \"\", unix_socket: /run/a.sock}"),
              HasSubstr("control.api_keys"));
}

TEST(ControlRulesTest, CallersMayBeLeftOutWhereNothingListens) {
  EXPECT_EQ(ControlAttempt().ErrorsOf("{listen: \"\"}"), "");
}

TEST(ControlRulesTest, CertificatesAreCallersToo) {
  ControlAttempt attempt;
  EXPECT_EQ(attempt.ErrorsOf("{" + attempt.MutualTls() + "}"), "");
}

TEST(ControlRulesTest, CertificatesAreOfNoUseOnTheUnixSocketAlone) {
  ControlAttempt attempt;
  EXPECT_THAT(
      attempt.ErrorsOf("{listen: \"\", unix_socket: /run/a.sock, " + attempt.MutualTls() + "}"),
      HasSubstr("control.api_keys: at least one key"));
}

TEST(ControlRulesTest, CertificatesWithoutListedNamesAreNone) {
  ControlAttempt attempt;
  EXPECT_THAT(attempt.ErrorsOf("{" + attempt.Tls(", client_ca_file: " + attempt.ca) + "}"),
              HasSubstr("control.api_keys: at least one key"));
}

TEST(ControlRulesTest, UnauthenticatedCallersAreForLoopbackAndUnixSockets) {
  ControlAttempt attempt;
  EXPECT_EQ(attempt.ErrorsOf("{allow_unauthenticated: true}"), "");
  EXPECT_EQ(
      attempt.ErrorsOf("{listen: \"\", unix_socket: /run/a.sock, allow_unauthenticated: true}"),
      "");
  EXPECT_THAT(
      attempt.ErrorsOf("{listen: \"10.0.0.1:9090\", allow_unauthenticated: true, " +
                       attempt.MutualTls() + "}"),
      HasSubstr("control.allow_unauthenticated: true is for loopback and unix sockets only"));
}

TEST(ControlRulesTest, BeyondLoopbackCallersMustShowCertificates) {
  ControlAttempt attempt;
  const std::string keys = "api_keys: [{name: a, sha256: " + std::string(64, 'a') + "}]";
  for (const char* listen :
       {"0.0.0.0:9090", "[::]:9090", "10.0.0.1:9090", "edge.example.com:9090"}) {
    EXPECT_THAT(attempt.ErrorsOf("{listen: \"" + std::string(listen) + "\", " + keys + "}"),
                HasSubstr("is not loopback, which needs control.tls with a client_ca_file"))
        << listen;
  }
  EXPECT_THAT(attempt.ErrorsOf("{listen: \"0.0.0.0:9090\", " + keys + ", " + attempt.Tls("") + "}"),
              HasSubstr("is not loopback"))
      << "the server's own certificate is not enough";
  EXPECT_EQ(attempt.ErrorsOf("{listen: \"0.0.0.0:9090\", " + attempt.MutualTls() + "}"), "");
}

TEST(ControlRulesTest, DevelopmentNeverLeavesLoopback) {
  ControlAttempt attempt;
  attempt.Dev();
  EXPECT_EQ(attempt.ErrorsOf("{listen: \"[::1]:9090\"}"), "");
  EXPECT_THAT(
      attempt.ErrorsOf("{listen: \"0.0.0.0:9090\", " + attempt.MutualTls() + "}"),
      HasSubstr("control.listen: \"0.0.0.0:9090\" is not loopback, which --dev does not allow"));
}

TEST(ControlRulesTest, ApiKeyIsGivenAsItsHash) {
  ControlAttempt attempt;
  const std::string errors = attempt.ErrorsOf("{api_keys: [{name: a, sha256: the-key-itself}]}");
  EXPECT_THAT(
      errors,
      AllOf(HasSubstr("control.api_keys[0].sha256: the value has 14 characters and is no SHA-256"),
            Not(HasSubstr("the-key-itself"))));
  EXPECT_THAT(attempt.ErrorsOf("{api_keys: [{name: a, sha256: " + std::string(63, 'a') + "g}]}"),
              HasSubstr("no SHA-256"));
}

TEST(ControlRulesTest, ApiKeysHaveNamesOfTheirOwn) {
  const std::string hash = "sha256: " + std::string(64, 'a');
  ControlAttempt attempt;
  EXPECT_THAT(attempt.ErrorsOf("{api_keys: [{" + hash + "}]}"),
              HasSubstr("control.api_keys[0].name: is missing"));
  EXPECT_THAT(attempt.ErrorsOf("{api_keys: [{name: a, " + hash + "}, {name: a, " + hash + "}]}"),
              HasSubstr("control.api_keys[1].name: \"a\" is the name of another key"));
}

TEST(ControlRulesTest, RpcsOfAnApiKeyAreThoseThereAre) {
  const std::string key = "{name: a, sha256: " + std::string(64, 'a') + ", rpcs: ";
  ControlAttempt attempt;
  EXPECT_EQ(attempt.ErrorsOf("{api_keys: [" + key + "[Broadcast, GetNodes]}]}"), "");
  EXPECT_THAT(
      attempt.ErrorsOf("{api_keys: [" + key + "[Broadcast, Brodcast]}]}"),
      HasSubstr("gatehouse.yaml:2: control.api_keys[0].rpcs[1]: \"Brodcast\" is no RPC of the "
                "control API (did you mean Broadcast?); allowed: Broadcast, "));
  EXPECT_THAT(attempt.ErrorsOf("{api_keys: [" + key + "[kick]}]}"),
              HasSubstr("did you mean Kick?"));
  EXPECT_THAT(attempt.ErrorsOf("{api_keys: [" + key + "[Everything]}]}"),
              AllOf(HasSubstr("\"Everything\" is no RPC"), HasSubstr(", GetNodes"),
                    Not(HasSubstr("did you mean"))));
}

TEST(ControlRulesTest, RpcsOfACertificateAreThoseThereAre) {
  ControlAttempt attempt;
  EXPECT_THAT(attempt.ErrorsOf("{" +
                               attempt.Tls(", client_ca_file: " + attempt.ca +
                                           ", clients: [{name: a, rpcs: [GetPresense]}]") +
                               "}"),
              HasSubstr("control.tls.clients[0].rpcs[0]: \"GetPresense\" is no RPC of the control "
                        "API (did you mean GetPresence?)"));
}

TEST(ControlRulesTest, TlsIsGivenWhole) {
  ControlAttempt attempt;
  const std::string& file = attempt.certificate;
  const std::string open = "{allow_unauthenticated: true, tls: {";
  EXPECT_THAT(attempt.ErrorsOf(open + "certificate_file: " + file + "}}"),
              HasSubstr("control.tls.key_file: is missing"));
  EXPECT_THAT(attempt.ErrorsOf(open + "key_file: " + file + "}}"),
              HasSubstr("control.tls.certificate_file: is missing"));
  EXPECT_THAT(attempt.ErrorsOf(open + "client_ca_file: " + file + "}}"),
              HasSubstr("control.tls.client_ca_file: needs certificate_file and key_file"));
  EXPECT_THAT(attempt.ErrorsOf(open + "clients: [{name: a}]}}"),
              HasSubstr("control.tls.clients: needs client_ca_file"));
}

TEST(ControlRulesTest, PathOfTheUnixSocketFitsItsAddress) {
  const std::string open = "{allow_unauthenticated: true, unix_socket: ";
  ControlAttempt attempt;
  EXPECT_EQ(attempt.ErrorsOf(open + "/" + std::string(106, 'a') + "}"), "");
  EXPECT_THAT(attempt.ErrorsOf(open + "/" + std::string(107, 'a') + "}"),
              HasSubstr("the path is 108 bytes"));
  EXPECT_THAT(attempt.ErrorsOf(open + "\"unix:/run/a\"}"), HasSubstr("write the path alone"));
}

}  // namespace
}  // namespace edge
