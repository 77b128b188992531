#include "yaml/reader.h"

#include "base/text.h"
#include "yaml/composer.h"
#include "yaml/json_reader.h"
#include "yaml/syntax_error.h"
#include "yaml/text_check.h"

#include <fmt/format.h>
#include <yaml.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>

namespace autocache::yaml {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";

/// libyaml compares every %TAG directive with all before it.
constexpr std::size_t kMaxTagDirectives = 100;

std::string_view text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string_view{} : reinterpret_cast<const char*>(text);
}

/// Owns one event, whatever is in it.
struct Event : yaml_event_t {
  Event() : yaml_event_t() {}
  ~Event() { yaml_event_delete(this); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
};

/// Runs libyaml over a text and feeds a composer.
class YamlReader {
 public:
  YamlReader(std::string_view text,
             const SourcePtr& source,
             const LineMap& lines,
             Composer& composer)
      : text_(text), source_(source), lines_(lines), composer_(composer) {
    is_ready_ = yaml_parser_initialize(&parser_) != 0;
    if (!is_ready_) return;
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  ~YamlReader() {
    if (is_ready_) yaml_parser_delete(&parser_);
  }
  YamlReader(const YamlReader&) = delete;
  YamlReader& operator=(const YamlReader&) = delete;

  void read() {
    while (is_ready_) {
      Event event;
      if (yaml_parser_parse(&parser_, &event) == 0) {
        report_parser_error();
        return;
      }
      if (event.type == YAML_STREAM_END_EVENT || take(event) == Next::kStop) return;
    }
  }

 private:
  Next take(const Event& event) {
    const Position at = place(event.start_mark);
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        begin_document(event);
        return Next::kContinue;
      case YAML_DOCUMENT_END_EVENT:
        composer_.end_document();
        return Next::kContinue;
      case YAML_ALIAS_EVENT:
        check_separator(event.start_mark);
        return composer_.alias(at, text_of(event.data.alias.anchor));
      case YAML_SCALAR_EVENT:
        return take_scalar(event, at);
      case YAML_SEQUENCE_START_EVENT: {
        const auto& start = event.data.sequence_start;
        check_separator(event.start_mark);
        return composer_.begin(at, Kind::kSequence, {text_of(start.anchor), text_of(start.tag)});
      }
      case YAML_MAPPING_START_EVENT: {
        const auto& start = event.data.mapping_start;
        check_separator(event.start_mark);
        return composer_.begin(at, Kind::kMapping, {text_of(start.anchor), text_of(start.tag)});
      }
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        return composer_.end();
      default:
        return Next::kContinue;
    }
  }

  void begin_document(const Event& event) {
    composer_.begin_document();
    const bool is_explicit = event.data.document_start.implicit == 0;
    separator_line_ = is_explicit ? event.end_mark.line : kNoLine;
  }

  Next take_scalar(const Event& event, Position at) {
    const auto& scalar = event.data.scalar;
    Style style = Style::kQuoted;
    if (scalar.style == YAML_PLAIN_SCALAR_STYLE) style = Style::kPlain;
    if (scalar.style == YAML_LITERAL_SCALAR_STYLE || scalar.style == YAML_FOLDED_SCALAR_STYLE) {
      style = Style::kBlock;
    }
    const std::string_view text(reinterpret_cast<const char*>(scalar.value), scalar.length);
    if (!text.empty() || style != Style::kPlain) check_separator(event.start_mark);
    if (style == Style::kPlain && event.start_mark.column == 0 && text.starts_with("---")) {
      report_text_after_separator(at);
    }
    return composer_.scalar(at, style, text, {text_of(scalar.anchor), text_of(scalar.tag)});
  }

  /// kubectl cuts a stream at lines that start with `---` and refuses more text on them.
  void check_separator(const yaml_mark_t& mark) {
    if (mark.line == separator_line_) report_text_after_separator(place(mark));
    separator_line_ = kNoLine;
  }

  void report_text_after_separator(Position at) {
    composer_.report(kTextAfterSeparator, at, "text on the line of `---`, which kubectl refuses",
                     "start the document on the next line");
  }

  void report_parser_error() {
    ParserError error;
    error.problem = parser_.problem == nullptr ? "out of memory" : parser_.problem;
    if (parser_.context != nullptr) error.context = parser_.context;
    const Position problem = place(parser_.problem_mark);
    const Position context = place(parser_.context_mark);
    error.context_line = context.line;
    const std::string_view line = source_->line(problem.line);
    const std::size_t start = byte_of(line, problem.column);
    if (start < line.size()) {
      error.character = line.substr(start, byte_of(line.substr(start), 2));
    }
    SyntaxError found = explain(error);
    composer_.report(kSyntax, found.place == Place::kProblem ? problem : context,
                     std::move(found.message), std::move(found.hint));
  }

  /// The byte at which the character with a 1-based column starts.
  static std::size_t byte_of(std::string_view line, int column) {
    std::size_t at = 0;
    for (; column > 1 && at < line.size(); --column) {
      ++at;
      while (at < line.size() && utf8_floor(line, at) != at) ++at;
    }
    return at;
  }

  [[nodiscard]] Position place(const yaml_mark_t& mark) const {
    return lines_.at(source_.get(), mark.line, mark.column);
  }

  static constexpr std::size_t kNoLine = std::numeric_limits<std::size_t>::max();

  std::string_view text_;
  const SourcePtr& source_;
  const LineMap& lines_;
  Composer& composer_;
  yaml_parser_t parser_ = {};
  bool is_ready_ = false;
  /// The line of the `---` of a document of which nothing was seen yet.
  std::size_t separator_line_ = kNoLine;
};

ReadResult failed(const Code& code, Position at, std::string message, std::string hint) {
  ReadResult result;
  result.diagnostics.push_back(error_at(code.code, at, {}, std::move(message), std::move(hint)));
  result.diagnostics.back().excerpt = displayable(result.diagnostics.back().excerpt);
  return result;
}

ReadResult not_utf8(const SourcePtr& source, std::size_t offset) {
  const std::string_view text = source->text;
  const bool is_utf16 =
      offset == 0 && (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"));
  return failed(kNotUtf8, position_at(*source, offset),
                is_utf16 ? "the file is UTF-16"
                         : fmt::format("the byte 0x{:02X} is not UTF-8",
                                       static_cast<unsigned char>(text[offset])),
                "save the file as UTF-8");
}

ReadResult control_character(const SourcePtr& source, std::size_t offset) {
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned>(static_cast<unsigned char>(source->text[offset + i]));
  };
  unsigned point = byte(0);
  if (point == 0xC2U) point = byte(1);
  if (point == 0xEFU) point = 0xFFC0U | (byte(2) & 0x3FU);
  return failed(kControlCharacter, position_at(*source, offset),
                fmt::format("the character U+{:04X} is not allowed", point),
                fmt::format("write \"\\u{:04x}\" in a text in double quotes", point));
}

std::size_t count_tag_directives(std::string_view text) {
  std::size_t count = text.starts_with("%TAG") ? 1 : 0;
  for (std::size_t at = text.find("\n%TAG"); at != std::string_view::npos;
       at = text.find("\n%TAG", at + 1)) {
    ++count;
  }
  return count;
}

/// `text` without the byte order marks at the start of lines: files that were put together.
std::string without_inner_marks(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (i > 0 && text[i - 1] == '\n' && text.substr(i).starts_with(kMark)) {
      i += kMark.size();
    } else {
      out += text[i++];
    }
  }
  return out;
}

bool starts_like_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

ReadResult read_yaml(std::string_view text,
                     const SourcePtr& source,
                     const TextCheck& check,
                     const ReadOptions& options) {
  std::string cleaned;
  if (check.has_inner_marks) {
    cleaned = without_inner_marks(text);
    text = cleaned;
  }
  if (count_tag_directives(text) > kMaxTagDirectives) {
    return failed(kSyntax, {source.get(), 0, 0}, "too many %TAG directives", "");
  }
  const LineMap lines = check.has_odd_line_ends ? LineMap(text) : LineMap();
  Composer composer(source, options);
  YamlReader(text, source, lines, composer).read();
  return composer.take();
}

}  // namespace

ReadResult read(const SourcePtr& source, const ReadOptions& options) {
  // Lines and columns are int, and offsets into the text 32 bits wide.
  constexpr std::size_t kMostBytes = std::size_t{1} << 30U;
  const std::size_t limit = std::min(options.max_bytes, kMostBytes);
  std::string_view text = source->text;
  if (text.size() > limit) {
    return failed(kTooLarge, {source.get(), 0, 0},
                  fmt::format("the input has more than {} bytes", limit), "");
  }
  const TextCheck check = check_text(text);
  if (check.malformed) return not_utf8(source, *check.malformed);
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  if (starts_like_json(text)) {
    Composer composer(source, options);
    if (read_json(text, source.get(), composer) != JsonResult::kNotJson) return composer.take();
  }
  // JSON may have DEL and C1 controls in its strings, YAML not.
  if (check.control) return control_character(source, *check.control);
  return read_yaml(text, source, check, options);
}

}  // namespace autocache::yaml
