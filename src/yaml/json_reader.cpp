#include "yaml/json_reader.h"

#include "base/text.h"

#include <charconv>
#include <optional>
#include <string>
#include <vector>

namespace autocache::yaml {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void append_utf8(std::uint32_t point, std::string& out) {
  const auto add = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80U) {
    add(point);
  } else if (point < 0x800U) {
    add(0xC0U | (point >> 6U));
    add(0x80U | (point & 0x3FU));
  } else if (point < 0x10000U) {
    add(0xE0U | (point >> 12U));
    add(0x80U | ((point >> 6U) & 0x3FU));
    add(0x80U | (point & 0x3FU));
  } else {
    add(0xF0U | (point >> 18U));
    add(0x80U | ((point >> 12U) & 0x3FU));
    add(0x80U | ((point >> 6U) & 0x3FU));
    add(0x80U | (point & 0x3FU));
  }
}

/// RFC 8259 without recursion: the open collections are on `open_`.
class JsonReader {
 public:
  JsonReader(std::string_view text, const Source* source, Composer& composer)
      : text_(text), source_(source), composer_(composer) {}

  JsonResult read() {
    for (;;) {
      skip_between_documents();
      if (at_ == text_.size()) return JsonResult::kRead;
      if (text_[at_] != '{') return JsonResult::kNotJson;
      composer_.begin_document();
      if (!document()) return is_stopped_ ? JsonResult::kStopped : JsonResult::kNotJson;
      composer_.end_document();
    }
  }

 private:
  struct Level {
    bool is_object;
    bool is_empty;
  };

  bool document() {
    if (!value()) return false;
    while (!open_.empty()) {
      if (!next_in_collection()) return false;
    }
    return true;
  }

  /// The next item or member of the innermost collection, or its end.
  bool next_in_collection() {
    Level& level = open_.back();
    skip_space();
    if (take(level.is_object ? '}' : ']')) {
      open_.pop_back();
      return took(composer_.end());
    }
    if (!level.is_empty && !take(',')) return false;
    level.is_empty = false;
    skip_space();
    if (level.is_object) {
      if (at_ == text_.size() || text_[at_] != '"' || !string()) return false;
      skip_space();
      if (!take(':')) return false;
      skip_space();
    }
    return value();
  }

  bool value() {
    if (at_ == text_.size()) return false;
    switch (text_[at_]) {
      case '{':
        return begin(Kind::kMapping);
      case '[':
        return begin(Kind::kSequence);
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool begin(Kind kind) {
    const Position at = here();
    ++at_;
    open_.push_back({kind == Kind::kMapping, true});
    return took(composer_.begin(at, kind, {}));
  }

  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    const Position at = here();
    at_ += expected.size();
    return took(composer_.scalar(at, Style::kPlain, expected, {}));
  }

  bool number() {
    const Position at = here();
    const std::size_t start = at_;
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits()) return false;
    }
    return took(composer_.scalar(at, Style::kPlain, text_.substr(start, at_ - start), {}));
  }

  bool digits() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > start;
  }

  bool string() {
    const Position at = here();
    ++at_;
    unescaped_.clear();
    for (;;) {
      std::size_t plain = at_;
      while (plain < text_.size() && text_[plain] != '"' && text_[plain] != '\\' &&
             static_cast<unsigned char>(text_[plain]) >= 0x20U) {
        ++plain;
      }
      unescaped_.append(text_, at_, plain - at_);
      at_ = plain;
      if (take('"')) return took(composer_.scalar(at, Style::kQuoted, unescaped_, {}));
      if (!take('\\') || !escape()) return false;
    }
  }

  bool escape() {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (at_ == text_.size()) return false;
    const char letter = text_[at_++];
    if (letter != 'u') {
      const std::size_t found = kLetters.find(letter);
      if (found == std::string_view::npos) return false;
      unescaped_ += kMeanings[found];
      return true;
    }
    auto point = hexadecimal();
    if (!point) return false;
    if (*point >= 0xD800U && *point < 0xE000U) {
      if (*point >= 0xDC00U || !take('\\') || !take('u')) return false;
      const auto low = hexadecimal();
      if (!low || *low < 0xDC00U || *low >= 0xE000U) return false;
      point = 0x10000U + ((*point - 0xD800U) << 10U) + (*low - 0xDC00U);
    }
    append_utf8(*point, unescaped_);
    return true;
  }

  std::optional<std::uint32_t> hexadecimal() {
    if (at_ + 4 > text_.size()) return std::nullopt;
    std::uint32_t point = 0;
    const char* const start = text_.data() + at_;
    const auto [end, error] = std::from_chars(start, start + 4, point, 16);
    if (error != std::errc() || end != start + 4) return std::nullopt;
    at_ += 4;
    return point;
  }

  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool took(Next next) {
    is_stopped_ = next == Next::kStop;
    return !is_stopped_;
  }

  void skip_space() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
      ++at_;
      if (c == '\n') {
        ++line_;
        column_ = 1;
        counted_ = at_;
      }
    }
  }

  void skip_between_documents() {
    skip_space();
    while (text_.substr(at_, 3) == "---" && column_ == 1 && counted_ == at_) {
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      if (!trim(text_.substr(at_ + 3, end - at_ - 3)).empty()) return;
      at_ = end;
      skip_space();
    }
  }

  Position here() {
    column_ += static_cast<int>(utf8_length(text_.substr(counted_, at_ - counted_)));
    counted_ = at_;
    return {source_, line_, column_};
  }

  std::string_view text_;
  const Source* source_;
  Composer& composer_;
  std::size_t at_ = 0;
  int line_ = 1;
  int column_ = 1;
  std::size_t counted_ = 0;  ///< the byte that `column_` is the column of
  std::vector<Level> open_;
  std::string unescaped_;
  bool is_stopped_ = false;
};

}  // namespace

JsonResult read_json(std::string_view text, const Source* source, Composer& composer) {
  return JsonReader(text, source, composer).read();
}

}  // namespace autocache::yaml
