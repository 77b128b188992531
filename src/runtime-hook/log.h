#pragma once

// What the hook tells people and machines while it works: events with fixed keys, as JSON lines in
// a Pod or as plain text.

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace autocache::hook {

enum class Level { kDebug, kInfo, kWarning, kError };

/// "debug", "info", "warning" or "error".
std::string_view to_string(Level level);

/// A named value of an event: `{"slots", 12}`. Names are snake_case words; never put a secret into
/// one.
struct Field {
  std::string_view name;
  std::variant<std::string, std::int64_t, double, bool> value;

  Field(std::string_view field, std::string text) : name(field), value(std::move(text)) {}
  Field(std::string_view field, std::string_view text) : name(field), value(std::string(text)) {}
  Field(std::string_view field, const char* text) : name(field), value(std::string(text)) {}
  Field(std::string_view field, bool flag) : name(field), value(flag) {}
  Field(std::string_view field, double number) : name(field), value(number) {}
  template <class T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
      Field(std::string_view field, T number)
      : name(field), value(static_cast<std::int64_t>(number)) {}
};

using Fields = std::vector<Field>;

/// Where events go.
class Log {
 public:
  virtual ~Log() = default;
  /// Writes one event. `event` is a stable word ("slot_moved"), `message` a sentence for people,
  /// lower case.
  virtual void write(Level level,
                     std::string_view event,
                     std::string_view message,
                     const Fields& fields) = 0;

  void debug(std::string_view event, std::string_view message, const Fields& fields = {}) {
    write(Level::kDebug, event, message, fields);
  }
  void info(std::string_view event, std::string_view message, const Fields& fields = {}) {
    write(Level::kInfo, event, message, fields);
  }
  void warn(std::string_view event, std::string_view message, const Fields& fields = {}) {
    write(Level::kWarning, event, message, fields);
  }
  void error(std::string_view event, std::string_view message, const Fields& fields = {}) {
    write(Level::kError, event, message, fields);
  }
};

/// Drops everything.
class NullLog final : public Log {
 public:
  void write(Level, std::string_view, std::string_view, const Fields&) override {}
};

enum class LogFormat { kJson, kText };

/// Writes lines to a stream, events below `lowest` left out. A JSON line is
/// `{"ts","level","event","message",fields...}` with `ts` in UTC (RFC 3339, milliseconds); bytes
/// that are no UTF-8 are escaped.
class StreamLog final : public Log {
 public:
  /// `timestamp` gives the `ts` of each line; `before_line` runs first (a progress view clears
  /// itself there).
  StreamLog(std::ostream& out,
            LogFormat format,
            Level lowest,
            std::function<std::string()> timestamp,
            std::function<void()> before_line = {});
  void write(Level level,
             std::string_view event,
             std::string_view message,
             const Fields& fields) override;

 private:
  std::ostream& out_;
  LogFormat format_;
  Level lowest_;
  std::function<std::string()> timestamp_;
  std::function<void()> before_line_;
};

/// The present time in UTC as `2026-01-02T03:04:05.678Z`.
std::string utc_timestamp();

}  // namespace autocache::hook
