#include "yaml/text_check.h"

#include "base/text.h"

#include <algorithm>

namespace autocache::yaml {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kMark = "\xEF\xBB\xBF";

/// Bytes of the well-formed character at `i`, or 0.
std::size_t character_length(std::string_view text, std::size_t i) {
  const auto first = static_cast<unsigned char>(text[i]);
  if (first < 0x80U) return 1;
  const std::size_t length = first < 0xE0U ? 2 : (first < 0xF0U ? 3 : 4);
  return i + length <= text.size() && is_utf8(text.substr(i, length)) ? length : 0;
}

/// True for NEL, LS and PS, which start with the bytes C2 and E2.
bool is_odd_line_end(std::string_view character) {
  return character == "\xC2\x85" || character == "\xE2\x80\xA8" || character == "\xE2\x80\xA9";
}

/// True for C1 controls but NEL, and for the two noncharacters at the end of the first plane.
bool is_wide_control(std::string_view character) {
  const auto byte = [character](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 2) return byte(0) == 0xC2U && byte(1) < 0xA0U && byte(1) != 0x85U;
  return character.size() == 3 && byte(0) == 0xEFU && byte(1) == 0xBFU && byte(2) >= 0xBEU;
}

}  // namespace

TextCheck check_text(std::string_view text) {
  TextCheck found;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20U && c < 0x7FU) {
      ++i;
      continue;
    }
    const std::size_t length = character_length(text, i);
    if (length == 0) {
      found.malformed = i;
      return found;
    }
    const std::string_view character = text.substr(i, length);
    const bool is_control = length == 1 ? c == 0x7FU || (c != '\n' && c != '\t' && c != '\r')
                                        : is_wide_control(character);
    if (is_control && !found.control) found.control = i;
    if (c == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) found.has_odd_line_ends = true;
    if (length > 1 && is_odd_line_end(character)) found.has_odd_line_ends = true;
    if (character == kMark && i > 0 && text[i - 1] == '\n') found.has_inner_marks = true;
    i += length;
  }
  return found;
}

Position position_at(const Source& source, std::size_t offset) {
  Position position{&source, 1, 1};
  std::size_t start = 0;
  for (std::size_t end = source.text.find('\n'); end < offset;
       end = source.text.find('\n', start)) {
    start = end + 1;
    ++position.line;
  }
  position.column +=
      static_cast<int>(utf8_length(std::string_view(source.text).substr(start, offset - start)));
  return position;
}

std::string displayable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text, i);
    out += length == 0 ? kReplacement : text.substr(i, length);
    i += length == 0 ? 1 : length;
  }
  return out;
}

LineMap::LineMap(std::string_view text) {
  int line = 1;
  int column = 1;
  starts_.push_back({line, column});
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text, i);
    const std::string_view character = text.substr(i, length);
    i += length;
    ++column;
    if (character == "\n") {
      ++line;
      column = 1;
    } else if (!(character == "\r" && i < text.size() && text[i] != '\n') &&
               !is_odd_line_end(character)) {
      continue;
    }
    starts_.push_back({line, column});
  }
}

Position LineMap::at(const Source* source, std::size_t line, std::size_t column) const {
  if (starts_.empty()) return {source, static_cast<int>(line + 1), static_cast<int>(column + 1)};
  const Start& start = starts_[std::min(line, starts_.size() - 1)];
  return {source, start.line, start.column + static_cast<int>(column)};
}

}  // namespace autocache::yaml
