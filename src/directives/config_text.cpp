#include "directives/config_text.h"

#include "base/text.h"

namespace autocache::directives {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char unescape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

/// Reads a quoted part of `text` that starts at the quote `at`; leaves `at` behind the closing one.
/// False if there is none.
bool read_quoted(std::string_view text, std::size_t& at, std::string& out) {
  const char quote = text[at++];
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == quote) {
      ++at;
      return at == text.size() || is_blank(text[at]);
    }
    if (c != '\\' || at + 1 == text.size() || (quote == '\'' && text[at + 1] != '\'')) {
      out += c;
      continue;
    }
    ++at;
    if (quote == '"' && text[at] == 'x' && at + 2 < text.size() && hex_value(text[at + 1]) >= 0 &&
        hex_value(text[at + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2]));
      at += 2;
    } else {
      out += quote == '"' ? unescape(text[at]) : text[at];
    }
  }
  return false;
}

}  // namespace

std::optional<std::vector<std::string>> split_arguments(std::string_view line) {
  std::vector<std::string> arguments;
  std::size_t at = 0;
  while (true) {
    while (at < line.size() && is_blank(line[at])) ++at;
    if (at == line.size()) return arguments;
    std::string& argument = arguments.emplace_back();
    while (at < line.size() && !is_blank(line[at])) {
      if (line[at] != '"' && line[at] != '\'') {
        argument += line[at++];
      } else if (!read_quoted(line, at, argument)) {
        return std::nullopt;
      }
    }
  }
}

std::string quote_argument(std::string_view argument) {
  bool bare = !argument.empty();
  for (const char c : argument) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20U || byte == 0x7FU || c == '"' || c == '\'' || c == '\\' || c == '#')
      bare = false;
  }
  if (bare) return std::string(argument);

  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : argument) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20U || byte == 0x7FU) {
      out += "\\x";
      out += kHex[byte >> 4U];
      out += kHex[byte & 0xFU];
    } else {
      out += c;
    }
  }
  return out + '"';
}

ConfigText read_config(std::string_view text) {
  ConfigText result;
  int number = 0;
  for (const std::string_view raw : split(text, '\n')) {
    ++number;
    const std::string_view line = trim(raw);
    if (line.empty() || line.front() == '#') continue;
    auto arguments = split_arguments(line);
    if (!arguments || arguments->empty()) {
      if (result.bad_line == 0) result.bad_line = number;
      continue;
    }
    ConfigLine& made = result.lines.emplace_back();
    made.line = number;
    made.name = to_lower(arguments->front());
    arguments->erase(arguments->begin());
    made.arguments = std::move(*arguments);
  }
  return result;
}

}  // namespace autocache::directives
