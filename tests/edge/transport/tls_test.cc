// The client listener over TLS: handshakes good and bad, records in pieces, slow readers, the end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "edge/transport/tls_certificates.h"
#include "tests/control/certificates.h"
#include "tests/support/json_field.h"
#include "tests/support/test_client.h"
#include "tests/support/test_gate.h"
#include "tests/support/tls_client.h"

namespace edge {
namespace {

using testing::HasSubstr;

// Certificate files in a folder of their own.
class CertificateFiles {
 public:
  CertificateFiles() {
    std::string name = testing::TempDir() + "/tls_XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    Replace("edge.test");
  }
  ~CertificateFiles() { std::filesystem::remove_all(folder_); }

  void Replace(const std::string& common_name) {
    const control::Certificate authority = control::MakeAuthority("authority");
    const control::Certificate made = control::MakeCertificate(authority, common_name, "");
    Write(certificate(), made.CertificatePem());
    Write(key(), made.KeyPem());
  }
  std::string certificate() const { return folder_ + "/certificate.pem"; }
  std::string key() const { return folder_ + "/key.pem"; }
  TlsCertificates::Files files() const {
    return {.certificate = certificate(), .key = key(), .only_tls13 = false};
  }
  // A new file, as those who renew certificates do it: never half written.
  static void Write(const std::string& path, const std::string& text) {
    std::ofstream(path + ".new") << text;
    std::filesystem::rename(path + ".new", path);
  }

 private:
  std::string folder_;
};

class TlsTest : public testing::Test {
 protected:
  void Start(
      const std::function<void(TestGate::Settings)>& adjust = [](TestGate::Settings) {},
      bool only_tls13 = false) {
    TlsCertificates::Files files = files_.files();
    files.only_tls13 = only_tls13;
    auto loaded = TlsCertificates::Load(files);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    certificates_ = std::move(*loaded);
    gate_.emplace([&](TestGate::Settings settings) {
      settings.gate.tls = certificates_.get();
      adjust(settings);
    });
  }
  // An upgraded client in /ws/chat.
  static void Upgrade(TlsClient& client, const std::string& user = "alice") {
    ASSERT_TRUE(client.Handshake());
    ASSERT_TRUE(client.Send(UpgradeRequest(TestGate::Target("/ws/chat", user))));
    ASSERT_EQ(HttpStatusIn(client.ReadUntil("\r\n\r\n")), 101);
  }
  // Somebody else is served as ever.
  void ExpectServed() {
    TlsClient client(gate_->address());
    Upgrade(client, "bob");
    client.Say(R"({"content":"still here"})");
    EXPECT_THAT(client.ReadFrame(), HasSubstr("still here"));
  }

  CertificateFiles files_;
  std::unique_ptr<TlsCertificates> certificates_;
  std::optional<TestGate> gate_;
};

TEST_F(TlsTest, ChatsOverTls13) {
  Start();
  TlsClient client(gate_->address());
  Upgrade(client);
  EXPECT_EQ(client.version(), "TLSv1.3");
  EXPECT_EQ(client.PeerName(), "edge.test");
  client.Say(R"({"content":"hello"})");
  EXPECT_EQ(JsonField(client.ReadFrame(), "content"), R"("hello")");
}

TEST_F(TlsTest, ChatsOverTls12) {
  Start();
  TlsClient client(gate_->address(), TLS1_2_VERSION);
  Upgrade(client);
  EXPECT_EQ(client.version(), "TLSv1.2");
  client.Say(R"({"content":"hello"})");
  EXPECT_EQ(JsonField(client.ReadFrame(), "content"), R"("hello")");
}

TEST_F(TlsTest, Tls11IsRefused) {
  Start();
  TlsClient client(gate_->address(), TLS1_1_VERSION);
  EXPECT_FALSE(client.Handshake());
  EXPECT_TRUE(Eventually([&] { return gate_->metrics().tls_failures.value() == 1; }));
  ExpectServed();
}

TEST_F(TlsTest, Tls12IsRefusedWhereOnly13IsAllowed) {
  Start([](TestGate::Settings) {}, /*only_tls13=*/true);
  TlsClient old(gate_->address(), TLS1_2_VERSION);
  EXPECT_FALSE(old.Handshake());
  ExpectServed();
}

TEST_F(TlsTest, PlainHttpIsToldThatThisIsTls) {
  Start();
  TestClient client(gate_->address());
  client.Send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  const std::string answer = client.ReadAll();
  EXPECT_EQ(HttpStatusIn(answer), 400);
  EXPECT_THAT(answer, HasSubstr("wss://"));
}

TEST_F(TlsTest, WhatIsNoTlsIsClosedAndHurtsNobody) {
  Start();
  TestClient garbage(gate_->address());
  garbage.Send(std::string(2000, '\x7f'));
  garbage.ReadAll();
  TestClient cut(gate_->address());
  cut.Send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03", 10));
  cut.Reset();
  ExpectServed();
  EXPECT_TRUE(Eventually([&] { return gate_->connections() == 0; }));
  EXPECT_EQ(gate_->metrics().tls_failures.value(), 1);
}

TEST_F(TlsTest, AnUnfinishedHandshakeIsClosedAtItsDeadline) {
  Start([](TestGate::Settings settings) { settings.gate.handshake_timeout_millis = 100; });
  TestClient silent(gate_->address());
  silent.Send(std::string("\x16\x03\x01\x02\x00", 5));
  EXPECT_EQ(silent.ReadAll(), "");
  ExpectServed();
}

TEST_F(TlsTest, AFullNodeDoesNoHandshake) {
  Start([](TestGate::Settings settings) { settings.gate.max_connections = 1; });
  TlsClient first(gate_->address());
  Upgrade(first);
  TlsClient second(gate_->address());
  EXPECT_FALSE(second.Handshake());
  EXPECT_EQ(gate_->metrics().handshakes_refused.value(), 1);
  EXPECT_EQ(gate_->metrics().tls_failures.value(), 0);
}

TEST_F(TlsTest, HandshakesOverTheLimitOfASecondAreClosed) {
  Start([](TestGate::Settings settings) { settings.hub.handshakes_per_second = 1; });
  TlsClient first(gate_->address());
  Upgrade(first);
  TlsClient second(gate_->address());
  EXPECT_FALSE(second.Handshake());
}

TEST_F(TlsTest, RecordsMayComeByteByByte) {
  Start();
  TlsClient client(gate_->address());
  BIO* const out = BIO_new(BIO_s_mem());
  SSL_set0_wbio(client.ssl(), out);
  const auto drip = [&] {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out, &bytes);
    for (long i = 0; i < size; ++i) ASSERT_TRUE(client.socket().Send({bytes + i, 1}));
    BIO_reset(out);
  };
  // The hello goes out by itself, then what answers the server's.
  SSL_set_connect_state(client.ssl());
  const timeval at_once{.tv_sec = 0, .tv_usec = 1000};
  ::setsockopt(client.socket().fd(), SOL_SOCKET, SO_RCVTIMEO, &at_once, sizeof at_once);
  ASSERT_TRUE(Eventually([&] {
    const bool done = SSL_do_handshake(client.ssl()) == 1;
    drip();
    return done;
  }));
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(client.socket().fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  client.Send(UpgradeRequest(TestGate::Target("/ws/chat")));
  client.Say(R"({"content":"drop by drop"})");
  drip();
  EXPECT_EQ(HttpStatusIn(client.ReadUntil("\r\n\r\n")), 101);
  EXPECT_EQ(JsonField(client.ReadFrame(), "content"), R"("drop by drop")");
}

TEST_F(TlsTest, ManyRecordsThatComeTogetherAreAllRead) {
  Start([](TestGate::Settings settings) { settings.hub.messages_per_second = 0; });
  TlsClient client(gate_->address());
  ASSERT_TRUE(client.Handshake());
  BIO* const out = BIO_new(BIO_s_mem());
  SSL_set0_wbio(client.ssl(), out);
  client.Send(UpgradeRequest(TestGate::Target("/ws/chat")));
  const std::string content = R"({"content":")" + std::string(9000, 'x') + R"("})";
  constexpr uint64_t kMessages = 30;
  for (uint64_t i = 0; i < kMessages; ++i) client.Say(content);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  ASSERT_TRUE(client.socket().Send({bytes, static_cast<size_t>(size)}));
  EXPECT_EQ(HttpStatusIn(client.ReadUntil("\r\n\r\n")), 101);
  for (uint64_t i = 1; i <= kMessages; ++i) EXPECT_EQ(JsonNumber(client.ReadFrame(), "offset"), i);
}

TEST_F(TlsTest, ASlowReaderGetsEverythingInOrder) {
  Start([](TestGate::Settings settings) {
    settings.hub.messages_per_second = 0;
    settings.gate.send_buffer_size = 4096;
  });
  TlsClient slow = TlsClient::Slow(gate_->address());
  Upgrade(slow, "slow");
  TlsClient talker(gate_->address());
  Upgrade(talker, "talker");
  const std::string content = R"({"content":")" + std::string(5000, 'x') + R"("})";
  constexpr uint64_t kMessages = 100;
  for (uint64_t i = 1; i <= kMessages; ++i) {
    ASSERT_TRUE(talker.Say(content));
    ASSERT_EQ(JsonNumber(talker.ReadFrame(), "offset"), i);
  }
  for (uint64_t i = 1; i <= kMessages; ++i) ASSERT_EQ(JsonNumber(slow.ReadFrame(), "offset"), i);
}

TEST_F(TlsTest, WhoNeverReadsIsClosedAsSlow) {
  Start([](TestGate::Settings settings) {
    settings.hub.messages_per_second = 0;
    settings.hub.outbound.max_bytes = 65536;
    settings.hub.close_timeout_millis = 100;
    settings.gate.send_buffer_size = 4096;
  });
  TlsClient slow = TlsClient::Slow(gate_->address());
  Upgrade(slow, "slow");
  TlsClient talker(gate_->address());
  Upgrade(talker, "talker");
  const std::string content = R"({"content":")" + std::string(20000, 'x') + R"("})";
  for (uint64_t i = 1; i <= 20; ++i) {
    ASSERT_TRUE(talker.Say(content));
    ASSERT_EQ(JsonNumber(talker.ReadFrame(), "offset"), i);
  }
  EXPECT_TRUE(Eventually([&] { return gate_->metrics().sessions.value() == 1; }));
  EXPECT_TRUE(Eventually([&] { return gate_->connections() == 1; }));
}

TEST_F(TlsTest, EndsWithCloseNotify) {
  Start();
  TlsClient client(gate_->address());
  Upgrade(client);
  client.Send(MakeMaskedFrame(Opcode::kClose, std::string("\x03\xe8", 2), 7));
  EXPECT_EQ(client.ReadFrame(), std::string("\x03\xe8", 2));
  EXPECT_TRUE(client.ReadCloseNotify());
  EXPECT_TRUE(Eventually([&] { return gate_->connections() == 0; }));
}

TEST_F(TlsTest, AnHttpAnswerEndsWithCloseNotify) {
  Start();
  TlsClient client(gate_->address());
  ASSERT_TRUE(client.Handshake());
  client.Send("GET /nothing HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(HttpStatusIn(client.ReadUntil("\r\n\r\n")), 404);
  EXPECT_TRUE(client.ReadCloseNotify());
}

TEST_F(TlsTest, ARecordThatWasTamperedWithEndsTheSession) {
  Start();
  TlsClient client(gate_->address());
  Upgrade(client);
  client.socket().Send(std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x'));
  EXPECT_TRUE(Eventually([&] { return gate_->metrics().sessions.value() == 0; }));
  ExpectServed();
}

TEST_F(TlsTest, RenegotiationIsRefused) {
  Start();
  TlsClient client(gate_->address(), TLS1_2_VERSION);
  Upgrade(client);
  SSL_renegotiate(client.ssl());
  EXPECT_NE(SSL_do_handshake(client.ssl()), 1);
  ExpectServed();
}

TEST_F(TlsTest, ANewCertificateIsForNewConnections) {
  Start();
  TlsClient before(gate_->address());
  Upgrade(before);
  files_.Replace("renewed.test");
  const absl::StatusOr<bool> changed = certificates_->Reload();
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_TRUE(*changed);
  EXPECT_FALSE(*certificates_->Reload());
  TlsClient after(gate_->address());
  Upgrade(after);
  EXPECT_EQ(after.PeerName(), "renewed.test");
  before.Say(R"({"content":"old"})");
  EXPECT_THAT(before.ReadFrame(), HasSubstr("old"));
}

TEST_F(TlsTest, ABrokenCertificateLeavesTheOldOne) {
  Start();
  CertificateFiles::Write(files_.certificate(), "no certificate\n");
  EXPECT_EQ(certificates_->Reload().status().code(), absl::StatusCode::kInvalidArgument);
  ExpectServed();
}

TEST(TlsCertificatesTest, SaysWhichFileIsWrong) {
  CertificateFiles files;
  TlsCertificates::Files wrong = files.files();
  wrong.certificate = "/nowhere";
  EXPECT_THAT(std::string(TlsCertificates::Load(wrong).status().message()),
              HasSubstr("certificate_file '/nowhere'"));
  wrong = files.files();
  wrong.key = files.certificate();
  EXPECT_THAT(std::string(TlsCertificates::Load(wrong).status().message()), HasSubstr("key_file"));
}

TEST(TlsCertificatesTest, TheKeyMustBeTheCertificates) {
  CertificateFiles files;
  CertificateFiles others;
  TlsCertificates::Files mixed = files.files();
  mixed.key = others.key();
  const absl::Status status = TlsCertificates::Load(mixed).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("is not the key of"));
}

}  // namespace
}  // namespace edge
