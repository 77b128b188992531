#include "runtime-hook/log.h"

#include "base/json.h"
#include "base/text.h"

#include <fmt/format.h>

#include <chrono>
#include <ctime>

namespace autocache::hook {
namespace {

/// `text` itself, or with each byte outside ASCII as \xNN if it is no UTF-8: JSON has no other
/// bytes.
std::string printable(std::string_view text) {
  if (is_utf8(text)) {
    return std::string(text);
  }
  std::string result;
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    result += code < 0x80 ? std::string(1, byte) : fmt::format("\\x{:02x}", code);
  }
  return result;
}

Json to_json(const Field& field) {
  return std::visit(
      [](const auto& value) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
          return printable(value);
        } else {
          return value;
        }
      },
      field.value);
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "unknown";
}

StreamLog::StreamLog(std::ostream& out,
                     LogFormat format,
                     Level lowest,
                     std::function<std::string()> timestamp,
                     std::function<void()> before_line)
    : out_(out),
      format_(format),
      lowest_(lowest),
      timestamp_(std::move(timestamp)),
      before_line_(std::move(before_line)) {}

void StreamLog::write(Level level,
                      std::string_view event,
                      std::string_view message,
                      const Fields& fields) {
  if (level < lowest_) {
    return;
  }
  if (before_line_) {
    before_line_();
  }
  if (format_ == LogFormat::kJson) {
    Json line{{"ts", timestamp_()},
              {"level", to_string(level)},
              {"event", event},
              {"message", printable(message)}};
    for (const Field& field : fields) {
      line[std::string(field.name)] = to_json(field);
    }
    out_ << line.dump() << '\n' << std::flush;
    return;
  }
  std::string line = level >= Level::kWarning ? fmt::format("{}: {}", to_string(level), message)
                                              : std::string(message);
  for (const Field& field : fields) {
    line += fmt::format(" {}={}", field.name, to_json(field).dump());
  }
  out_ << line << '\n' << std::flush;
}

std::string utc_timestamp() {
  const auto now = std::chrono::system_clock::now();
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const auto seconds = static_cast<time_t>(milliseconds / 1000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     milliseconds % 1000);
}

}  // namespace autocache::hook
