#include "edge/base/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <memory>

#include "edge/base/clock.h"

namespace edge {
namespace {

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("gatehouse",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warn", "error"};
// A field is secret when its name is one of these, or ends with "_" or "-" and one of these.
constexpr std::array<std::string_view, 7> kSecretNames = {
    "token", "authorization", "cookie", "secret", "key", "password", "ticket"};
constexpr std::array<std::string_view, 3> kSecretParameters = {"token", "access_token", "ticket"};

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool EndsWithIgnoringCase(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && std::equal(end.rbegin(), end.rend(), text.rbegin(),
                                                 [](char a, char b) { return a == Lower(b); });
}

bool IsSecret(std::string_view name) {
  for (const std::string_view secret : kSecretNames) {
    if (!EndsWithIgnoringCase(name, secret)) continue;
    if (name.size() == secret.size()) return true;
    const char before = name[name.size() - secret.size() - 1];
    if (before == '_' || before == '-') return true;
  }
  return false;
}

int HexValue(char c) {
  const char lower = Lower(c);
  if (lower >= '0' && lower <= '9') return lower - '0';
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Whether a parameter's name, as it stands in a target, means `name`: who reads the query resolves
// percent escapes, so "%74oken" brings a token too.
bool Means(std::string_view raw, std::string_view name) {
  size_t at = 0;
  for (const char wanted : name) {
    if (at == raw.size()) return false;
    char c = raw[at++];
    if (c == '%' && at + 2 <= raw.size() && HexValue(raw[at]) >= 0 && HexValue(raw[at + 1]) >= 0) {
      c = static_cast<char>(HexValue(raw[at]) * 16 + HexValue(raw[at + 1]));
      at += 2;
    }
    if (c != wanted) return false;
  }
  return at == raw.size();
}

// The size of `text`'s first parameter up to and including its "=" when its value is a secret; else
// 0.
size_t SecretParameter(std::string_view text) {
  const size_t stop = text.find_first_of("=&# \"");
  if (stop == std::string_view::npos || text[stop] != '=') return 0;
  const bool secret = std::any_of(kSecretParameters.begin(), kSecretParameters.end(),
                                  [&](auto name) { return Means(text.substr(0, stop), name); });
  return secret ? stop + 1 : 0;
}

// Bytes of the UTF-8 character that `text` begins with (RFC 3629); 0 when it begins with none.
size_t CharacterSize(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const size_t size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (text.size() < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xed && byte(1) > 0x9f;
  const bool too_high = lead == 0xf4 && byte(1) > 0x8f;
  return overlong || surrogate || too_high ? 0 : size;
}

// What comes from a peer (a request's target) may hold any byte; a log line is JSON, thus UTF-8.
std::string WithValidUtf8(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t size = CharacterSize(text.substr(at));
    out += size == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(at, size);
    at += std::max<size_t>(size, 1);
  }
  return out;
}

bool IsTokenChar(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
         c == '_' || c == '.';
}

// The bytes of a JWT that stands at `at`, whatever it was given as: its header is a JSON object in
// base64url, and a '.' follows. 0: none.
size_t TokenAt(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at);
  if (!rest.starts_with("eyJ") || (at > 0 && IsTokenChar(text[at - 1]))) return 0;
  size_t size = 0;
  while (size < rest.size() && IsTokenChar(rest[size])) ++size;
  const std::string_view token = rest.substr(0, size);
  return token.find('.') == std::string_view::npos ? 0 : size;
}

void AppendLogText(std::string_view text, std::string& out) {
  out += '"';
  AppendJsonEscaped(WithValidUtf8(RedactTarget(text)), out);
  out += '"';
}

struct ValueAppender {
  std::string& out;
  void operator()(std::string_view text) const { AppendLogText(text, out); }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(double value) const {
    if (!std::isfinite(value)) {  // JSON has no such numbers
      out += "null";
      return;
    }
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
  template <typename Number>
  void operator()(Number value) const {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
};

}  // namespace

void SetLogLevel(LogLevel level) {
  Logger().set_level(ToSpdlog(level));
}

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
  for (size_t at = 0; at < target.size();) {
    if (const size_t token = TokenAt(target, at); token > 0) {
      out += "***";
      at += token;
      continue;
    }
    const bool at_parameter = at > 0 && (target[at - 1] == '?' || target[at - 1] == '&');
    const size_t skip = at_parameter ? SecretParameter(target.substr(at)) : 0;
    if (skip == 0) {
      out += target[at++];
      continue;
    }
    out.append(target.substr(at, skip)).append("***");
    at = std::min(target.find_first_of("& \"#", at + skip), target.size());
  }
  return out;
}

void AppendJsonEscaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
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
  line += "\",\"msg\":";
  AppendLogText(message, line);
  for (const LogField& field : fields) {
    line += ',';
    AppendLogText(field.name, line);
    line += ':';
    if (IsSecret(field.name)) {
      line += "\"***\"";
    } else {
      std::visit(ValueAppender{line}, field.value);
    }
  }
  line += '}';
  return line;
}

bool WouldLog(LogLevel level) {
  return Logger().should_log(ToSpdlog(level));
}

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  const auto spdlog_level = ToSpdlog(level);
  if (!Logger().should_log(spdlog_level)) return;
  const std::string line = FormatLogLine(level, message, fields, SystemClock().UnixMillis());
  Logger().log(spdlog_level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace edge
