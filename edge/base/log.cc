#include "edge/base/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <iterator>

#include "edge/base/clock.h"

namespace edge {
namespace {

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>(
        "gatehouse", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarn: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 7> kSecretNames = {
    "token", "authorization", "cookie", "secret", "key", "password", "ticket"};
constexpr std::array<std::string_view, 3> kSecretParameters = {"token=", "access_token=", "ticket="};

bool IsSecret(std::string_view name) {
  for (const std::string_view secret : kSecretNames) {
    if (name == secret) return true;
  }
  return false;
}

struct ValueAppender {
  std::string& out;
  void operator()(std::string_view text) const {
    out += '"';
    AppendJsonEscaped(RedactTarget(text), out);
    out += '"';
  }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  template <typename Number>
  void operator()(Number value) const {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
};

}  // namespace

void SetLogLevel(LogLevel level) { Logger().set_level(ToSpdlog(level)); }

bool ParseLogLevel(std::string_view text, LogLevel& level) {
  for (size_t i = 0; i < kLevelNames.size(); ++i) {
    if (text == kLevelNames[i]) {
      level = static_cast<LogLevel>(i);
      return true;
    }
  }
  return false;
}

std::string RedactTarget(std::string_view target) {
  std::string out;
  size_t position = 0;
  while (position < target.size()) {
    const bool at_parameter =
        position > 0 && (target[position - 1] == '?' || target[position - 1] == '&');
    size_t skip = 0;
    for (const std::string_view parameter : kSecretParameters) {
      if (at_parameter && target.substr(position).starts_with(parameter)) skip = parameter.size();
    }
    if (skip == 0) {
      out += target[position++];
      continue;
    }
    out.append(target.substr(position, skip)).append("***");
    position = std::min(target.find_first_of("& \"#", position), target.size());
  }
  return out;
}

void AppendJsonEscaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
}

std::string FormatLogLine(LogLevel level, std::string_view message,
                          std::initializer_list<LogField> fields, int64_t unix_millis) {
  std::string line = "{\"ts\":\"";
  AppendRfc3339(unix_millis, line);
  line += "\",\"level\":\"";
  line += kLevelNames[static_cast<size_t>(level)];
  line += "\",\"msg\":\"";
  AppendJsonEscaped(message, line);
  line += '"';
  for (const LogField& field : fields) {
    line += ",\"";
    AppendJsonEscaped(field.name, line);
    line += "\":";
    if (IsSecret(field.name)) {
      line += "\"***\"";
    } else {
      std::visit(ValueAppender{line}, field.value);
    }
  }
  line += '}';
  return line;
}

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  const auto spdlog_level = ToSpdlog(level);
  if (!Logger().should_log(spdlog_level)) return;
  const std::string line = FormatLogLine(level, message, fields, SystemClock().UnixMillis());
  Logger().log(spdlog_level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace edge
