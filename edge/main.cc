// The composition root: the only file that sees both edge/ and control/.
#include <pthread.h>
#include <csignal>
#include <cstdio>
#include <functional>
#include <iostream>
#include <sstream>
#include <thread>

#include "control/call.h"
#include "control/control_server.h"
#include "control/tls_credentials.h"
#include "edge/auth/api_key.h"
#include "edge/auth/origin.h"
#include "edge/base/log.h"
#include "edge/base/status_macros.h"
#include "edge/base/text.h"
#include "edge/cli/command_line.h"
#include "edge/cli/health_check.h"
#include "edge/cli/token_command.h"
#include "edge/config/config_loader.h"
#include "edge/config/config_printer.h"
#include "edge/config/config_reference.h"
#include "edge/config/quantity.h"
#include "edge/hooks/service_factory.h"
#include "edge/jwks/jwks_fetcher.h"
#include "edge/node/node.h"
#include "edge/node/node_settings.h"
#include "edge/node/version.h"
#include "edge/proxy/proxy_context.h"
#include "edge/transport/admin_server.h"

namespace edge {
namespace {

using gatehouse::v1::Config;

constexpr OptionSpec kConfigOption = {"config", "FILE", "the configuration (or GATEHOUSE_CONFIG)"};
constexpr OptionSpec kDevOption = {"dev", "",
                                   "development: a secret of this machine, any origin, no API key"};
constexpr OptionSpec kSetOption = {"set", "KEY=VALUE",
                                   "a setting, over file and environment; may be repeated"};

const std::vector<CommandSpec>& Commands() {
  static const std::vector<CommandSpec> commands = {
      {"serve",
       "",
       "runs a node until SIGTERM or SIGINT",
       {kConfigOption,
        kDevOption,
        kSetOption,
        {"debug-echo-listen", "IP:PORT",
         "an echo of the codec for conformance suites; loopback only"}}},
      {"check-config",
       "",
       "loads the configuration and says everything that is wrong with it",
       {kConfigOption, kDevOption, kSetOption}},
      {"print-config",
       "",
       "prints the configuration in force, with all defaults; secrets are masked",
       {kConfigOption,
        kDevOption,
        kSetOption,
        {"reference", "", "prints docs/configuration.md instead"}}},
      {"token",
       "",
       "signs a token with the configuration's first HS key",
       {kConfigOption,
        kDevOption,
        kSetOption,
        {"user", "NAME", "whom it is for"},
        {"join", "PATTERN", "rooms that may be joined; may be repeated"},
        {"publish", "PATTERN", "rooms that may be published to; may be repeated"},
        {"info", "JSON", "presence info"},
        {"ttl", "TIME", "how long it is valid (default 1h)"}}},
      {"call",
       "METHOD [JSON]",
       "calls the control API, as grpcurl would: gatehouse call Broadcast '{...}'",
       {{"target", "HOST:PORT",
         "where; unix:/PATH too (default: GATEHOUSE_CONTROL_LISTEN, else 127.0.0.1:9090)"},
        {"key", "KEY", "the API key (or GATEHOUSE_API_KEY)"},
        {"tls-ca", "FILE", "PEM certificates that sign the server's"},
        {"tls-cert", "FILE", "this caller's PEM certificate"},
        {"tls-key", "FILE", "and its key"},
        {"timeout", "TIME", "deadline of the call (default 10s; none for streams)"},
        {"count", "N", "ends a stream after N messages"}}},
      {"health",
       "",
       "asks a running node's admin listener; exits 0 when it lives",
       {kConfigOption, kDevOption, kSetOption}},
      {"version", "", "prints the version", {}},
  };
  return commands;
}

// Everything that is wrong with a configuration comes at once, one a line.
int Fail(const absl::Status& status) {
  std::istringstream lines(status.message().empty() ? status.ToString()
                                                    : std::string(status.message()));
  for (std::string line; std::getline(lines, line);) std::cerr << "gatehouse: " << line << "\n";
  return 1;
}

absl::Status CheckOrigins(const Config& config) {
  const auto& origins = config.client().allowed_origins();
  return OriginRules::Parse({origins.begin(), origins.end()}).status();
}

// What the loader cannot see: keys and origins are understood by those who use them.
std::vector<std::function<absl::Status(const Config&)>> Uses() {
  return {[](const Config& config) { return MakeTokenVerifier(config).status(); },
          CheckOrigins,
          [](const Config& config) { return LoadCertificates(config).status(); },
          [](const Config& config) { return CheckJwks(config.auth()); },
          CheckHookServices,
          [](const Config& config) { return ProxyContext::Make(config.proxy()).status(); },
          [](const Config& config) { return ApiKeys::Load(config.control()).status(); },
          [](const Config& config) {
            return control::MakeCredentials(config.control().tls()).status();
          }};
}

enum class Checks : uint8_t {
  kSettings,  // each setting by itself: nothing is served
  kRules,     // and what they are together
  kAll,       // and what those say who use them
};

absl::StatusOr<Config> Load(const CommandLine& line, Checks checks = Checks::kRules) {
  ConfigSources sources;
  sources.check_rules = checks != Checks::kSettings;
  if (checks == Checks::kAll) sources.uses = Uses();
  sources.dev = line.Has("dev");
  if (line.Has("config")) sources.file = line.Get("config");
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos) {
      sources.environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  for (const std::string& setting : line.All("set")) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos) {
      ++sources.wrong_flags;
      continue;
    }
    sources.flags.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
  }
  return LoadConfig(sources);
}

absl::StatusOr<int64_t> ReadDuration(const CommandLine& line, std::string_view name,
                                     std::string_view otherwise) {
  const std::string text = line.Get(name, otherwise);
  const auto millis = ParseDuration(text);
  if (!millis) {
    return Error(absl::StatusCode::kInvalidArgument, "--{} '{}' is not a time such as 30s or 1h",
                 name, text);
  }
  return static_cast<int64_t>(*millis);
}

// Waits for SIGTERM or SIGINT, which are blocked in every thread. A second one ends the process.
// Meanwhile `tend` is called every ten seconds, and at once on SIGHUP.
void AwaitEnd(const sigset_t& signals, absl::FunctionRef<void()> tend) {
  constexpr timespec kPeriod{.tv_sec = 10, .tv_nsec = 0};
  int signal = 0;
  while (signal != SIGTERM && signal != SIGINT) {
    signal = sigtimedwait(&signals, nullptr, &kPeriod);
    tend();
  }
  LogInfo("signal received", {{"signal", signal}});
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

absl::StatusOr<std::unique_ptr<Node>> StartEcho(const Config& config, const std::string& listen) {
  if (!listen.starts_with("127.0.0.1:") && !listen.starts_with("[::1]:")) {
    return absl::InvalidArgumentError("--debug-echo-listen is for loopback only: 127.0.0.1:PORT");
  }
  Config echo = config;
  auto& client = *echo.mutable_client();
  constexpr uint64_t kSixteenMiB = 16 << 20;
  client.set_listen(listen);
  client.set_max_message_size(kSixteenMiB);
  client.set_write_queue_size(16 * kSixteenMiB);
  client.set_write_queue_messages(1000000);
  client.set_max_fragments(65536);
  // Whatever gets shorter is compressed.
  client.mutable_deflate()->set_enabled(true);
  client.mutable_deflate()->set_threshold(0);
  client.set_messages_per_second(0);
  client.set_handshakes_per_second(0);
  echo.mutable_node()->set_shards(1);
  return Node::Start(echo, SystemClock(), {.echo = true});
}

// Runs the admin listener on a thread of its own: it answers while the main thread drains.
class AdminThread {
 public:
  ~AdminThread() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  absl::Status Start(const std::string& listen, AdminHandlers handlers) {
    if (listen.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(server_, AdminServer::Start(io_, listen, std::move(handlers)));
    thread_ = std::thread([this] { io_.run(); });
    return absl::OkStatus();
  }
  std::string address() const { return server_ == nullptr ? "" : server_->address(); }

 private:
  boost::asio::io_context io_{1};
  std::unique_ptr<AdminServer> server_;
  std::thread thread_;
};

absl::Status Serve(const CommandLine& line) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  ASSIGN_OR_RETURN(const Config config, Load(line, Checks::kAll));
  LogLevel level = LogLevel::kInfo;
  ParseLogLevel(config.log().level(), level);
  SetLogLevel(level);
  NodeOptions options;
  if (line.Has("dev")) {
    LogWarn("--dev: whoever reaches client.listen may have a token for any user and room",
            {{"client", config.client().listen()}});
    options.mint_dev_token = [config](const std::string& user) {
      return MintWithConfig(config, {.user = user, .join = {"*"}, .publish = {"*"}});
    };
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Node> node, Node::Start(config, SystemClock(), options));
  std::unique_ptr<Node> echo;
  if (line.Has("debug-echo-listen")) {
    ASSIGN_OR_RETURN(echo, StartEcho(config, line.Get("debug-echo-listen")));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<control::ControlServer> server,
                   control::ControlServer::Start(config.control(), *node));
  AdminThread admin;
  RETURN_IF_ERROR(admin.Start(config.admin().listen(),
                              {.not_ready = [&] { return node->NotReady(); },
                               .metrics = [&] { return node->Metrics() + server->Metrics(); }}));
  std::printf(
      "{\"event\":\"ready\",\"client\":\"%s\",\"control\":\"%s\",\"admin\":\"%s\",\"echo\":\"%s\","
      "\"pid\":%d}\n",
      node->client_address().c_str(), server->address().c_str(), admin.address().c_str(),
      echo ? echo->client_address().c_str() : "", static_cast<int>(::getpid()));
  std::fflush(stdout);
  LogInfo("serving", {{"client", node->client_address()},
                      {"control", server->address()},
                      {"admin", admin.address()},
                      {"version", kVersion}});
  AwaitEnd(signals, [&] {
    node->ReloadCertificates();
    node->ReturnMemory();
  });
  server->AnnounceDrain();
  node->Drain();
  server->Drain();
  LogInfo("ended");
  return absl::OkStatus();
}

absl::Status Token(const CommandLine& line) {
  ASSIGN_OR_RETURN(const Config config, Load(line));
  ASSIGN_OR_RETURN(const int64_t ttl, ReadDuration(line, "ttl", "1h"));
  if (!line.Has("user")) return absl::InvalidArgumentError("--user NAME is missing");
  if (ttl == 0) return absl::InvalidArgumentError("--ttl 0s makes a token that has expired");
  ASSIGN_OR_RETURN(const std::string token, MintWithConfig(config, {.user = line.Get("user"),
                                                                    .join = line.All("join"),
                                                                    .publish = line.All("publish"),
                                                                    .info = line.Get("info"),
                                                                    .ttl_millis = ttl}));
  std::cout << token << "\n";
  return absl::OkStatus();
}

absl::Status Call(const CommandLine& line) {
  if (line.arguments.empty()) return absl::InvalidArgumentError("METHOD is missing");
  const char* const key = std::getenv("GATEHOUSE_API_KEY");
  const char* const listen = std::getenv("GATEHOUSE_CONTROL_LISTEN");
  control::CallOptions options;
  options.method = line.arguments[0];
  if (line.arguments.size() > 1) options.json = line.arguments[1];
  options.target = line.Get("target", listen == nullptr ? "127.0.0.1:9090" : listen);
  options.key = line.Get("key", key == nullptr ? "" : key);
  options.tls_ca_file = line.Get("tls-ca");
  options.tls_certificate_file = line.Get("tls-cert");
  options.tls_key_file = line.Get("tls-key");
  ASSIGN_OR_RETURN(options.timeout_millis, ReadDuration(line, "timeout", "0s"));
  options.count = std::strtoul(line.Get("count", "0").c_str(), nullptr, 10);
  return control::RunCall(options, std::cout);
}

absl::Status Run(const CommandLine& line) {
  const std::string_view name = line.command->name;
  if (name == "serve") return Serve(line);
  if (name == "token") return Token(line);
  if (name == "call") return Call(line);
  if (name == "version") {
    std::cout << "gatehouse " << kVersion << "\n";
    return absl::OkStatus();
  }
  if (line.Has("reference")) {
    std::cout << ConfigReference();
    return absl::OkStatus();
  }
  // A health check need not have the options that `serve` was started with.
  const Checks checks = name == "health"         ? Checks::kSettings
                        : name == "check-config" ? Checks::kAll
                                                 : Checks::kRules;
  ASSIGN_OR_RETURN(const Config config, Load(line, checks));
  if (name == "health") return CheckHealth(config.admin().listen());
  if (name == "print-config") std::cout << PrintConfig(config);
  if (name == "check-config") std::cout << "ok\n";
  return absl::OkStatus();
}

}  // namespace
}  // namespace edge

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto line = edge::ParseCommandLine(edge::Commands(), words);
  if (!line.ok()) return edge::Fail(line.status());
  if (line->help) {
    std::cout << edge::HelpText(edge::Commands(), line->command);
    return 0;
  }
  const absl::Status status = edge::Run(*line);
  return status.ok() ? 0 : edge::Fail(status);
}
