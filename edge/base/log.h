#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

// JSON logs on stderr, one object a line: {"ts","level","msg",...fields}. Any thread. Never on the
// per-message path. Fields whose names say that they hold secrets are masked here, whatever the
// caller passes, and so is the `token` parameter of anything that looks like a request target. A
// line is valid JSON whatever bytes it is given: what is not UTF-8 becomes U+FFFD.
namespace edge {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

struct LogField {
  using Value = std::variant<std::string_view, int64_t, uint64_t, double, bool>;
  std::string_view name;
  Value value;

  LogField(std::string_view n, std::string_view v) : name(n), value(v) {}
  LogField(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
  LogField(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
  LogField(std::string_view n, int v) : name(n), value(static_cast<int64_t>(v)) {}
  LogField(std::string_view n, int64_t v) : name(n), value(v) {}
  LogField(std::string_view n, uint32_t v) : name(n), value(static_cast<uint64_t>(v)) {}
  LogField(std::string_view n, uint64_t v) : name(n), value(v) {}
  LogField(std::string_view n, double v) : name(n), value(v) {}
  LogField(std::string_view n, bool v) : name(n), value(v) {}
};

void SetLogLevel(LogLevel level);
// "debug", "info", "warn" or "error"; false when `text` is none of them.
bool ParseLogLevel(std::string_view text, LogLevel& level);

// Whether Log would write a line: for callers whose fields cost something to make.
bool WouldLog(LogLevel level);
void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});
inline void LogDebug(std::string_view m, std::initializer_list<LogField> f = {}) {
  Log(LogLevel::kDebug, m, f);
}
inline void LogInfo(std::string_view m, std::initializer_list<LogField> f = {}) {
  Log(LogLevel::kInfo, m, f);
}
inline void LogWarn(std::string_view m, std::initializer_list<LogField> f = {}) {
  Log(LogLevel::kWarn, m, f);
}
inline void LogError(std::string_view m, std::initializer_list<LogField> f = {}) {
  Log(LogLevel::kError, m, f);
}

// The line Log would write, without its end. For tests and for Log itself.
std::string FormatLogLine(LogLevel level, std::string_view message,
                          std::initializer_list<LogField> fields, int64_t unix_millis);

// `target` with the values of its secret parameters (token, access_token, ticket) replaced by
// "***", percent-encoded names included; and every JWT, whatever it was given as.
std::string RedactTarget(std::string_view target);

// Appends `text` to `out` as the inside of a JSON string (without quotes). Invalid UTF-8 is kept:
// whoever passes unchecked bytes decides before.
void AppendJsonEscaped(std::string_view text, std::string& out);

}  // namespace edge
