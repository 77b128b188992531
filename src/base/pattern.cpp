#include "base/pattern.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace autocache {
namespace {

constexpr char32_t kMaxCharacter = 0x10FFFF;
constexpr std::size_t kMaxSteps = 20'000;

using Range = std::pair<char32_t, char32_t>;

enum class Op : std::uint8_t { kClass, kSplit, kBegin, kEnd, kMatch };

/// One step of the program. kClass goes on to the next step after a character within its ranges;
/// kSplit to both targets.
struct Step {
  Op op = Op::kMatch;
  std::size_t first = 0;
  std::size_t second = 0;
  bool negated = false;
  std::vector<Range> ranges;

  [[nodiscard]] bool takes(char32_t character) const {
    for (const auto& [low, high] : ranges) {
      if (low <= character && character <= high) {
        return !negated;
      }
    }
    return negated;
  }
};

char32_t next_character(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80) {
    return lead;
  }
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  char32_t out = lead & (0x3FU >> more);
  for (int i = 0; i < more && at < text.size(); ++i) {
    out = (out << 6U) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  }
  return out;
}

/// Recursive descent straight into steps: a fragment starts at a known step and falls through at
/// its end.
class Compiler {
 public:
  explicit Compiler(std::string_view text) : text_(text) {}

  std::optional<std::vector<Step>> run() {
    alternatives();
    if (at_ != text_.size()) {
      failed_ = true;
    }
    add({});
    return failed_ ? std::nullopt : std::optional(std::move(steps_));
  }

 private:
  [[nodiscard]] bool more() const { return !failed_ && at_ < text_.size(); }
  [[nodiscard]] bool next_is(char c) const { return more() && text_[at_] == c; }

  bool take(char c) {
    const bool found = next_is(c);
    at_ += found ? 1 : 0;
    return found;
  }

  std::size_t add(Step step) {
    if (steps_.size() >= kMaxSteps) {
      failed_ = true;
      return 0;
    }
    steps_.push_back(std::move(step));
    return steps_.size() - 1;
  }

  static Step split(std::size_t first, std::size_t second) {
    Step out;
    out.op = Op::kSplit;
    out.first = first;
    out.second = second;
    return out;
  }

  /// Moves the steps from `start` on by one place and puts a split before them.
  void insert_split(std::size_t start) {
    if (failed_ || steps_.size() >= kMaxSteps) {
      failed_ = true;
      return;
    }
    for (auto i = start; i < steps_.size(); ++i) {
      shift(steps_[i], start, 1);
    }
    steps_.insert(steps_.begin() + static_cast<std::ptrdiff_t>(start), split(start + 1, start + 1));
  }

  static void shift(Step& step, std::size_t from, std::size_t by) {
    if (step.op == Op::kSplit) {
      step.first += step.first >= from ? by : 0;
      step.second += step.second >= from ? by : 0;
    }
  }

  void alternatives() {
    const auto start = steps_.size();
    sequence();
    std::vector<std::size_t> jumps;
    auto branch = start;
    while (take('|')) {
      insert_split(branch);
      jumps.push_back(add(split(0, 0)));
      if (failed_) {
        return;
      }
      steps_[branch].second = steps_.size();
      branch = steps_.size();
      sequence();
    }
    for (const auto jump : jumps) {
      steps_[jump].first = steps_[jump].second = steps_.size();
    }
  }

  void sequence() {
    while (more() && text_[at_] != '|' && text_[at_] != ')') {
      const auto start = steps_.size();
      atom();
      repetition(start);
    }
  }

  void repetition(std::size_t start) {
    if (take('*')) {
      loop(start);
    } else if (take('+')) {
      add(split(start, steps_.size() + 1));
    } else if (take('?')) {
      optional(start);
    } else if (next_is('{')) {
      counted(start);
    }
    if (next_is('*') || next_is('+') || next_is('?')) {
      failed_ = true;  // lazy and possessive forms do not change what matches and are not needed
    }
  }

  void loop(std::size_t start) {
    insert_split(start);
    add(split(start, start));
    if (!failed_) {
      steps_[start].second = steps_.size();
    }
  }

  void optional(std::size_t start) {
    insert_split(start);
    if (!failed_) {
      steps_[start].second = steps_.size();
    }
  }

  void counted(std::size_t start) {
    ++at_;
    const auto least = number();
    auto most = least;
    bool open = false;
    if (take(',')) {
      open = next_is('}');
      most = open ? least : number();
    }
    if (!take('}') || most < least || most > 1000 || failed_) {
      failed_ = true;
      return;
    }
    const std::vector<Step> body(steps_.begin() + static_cast<std::ptrdiff_t>(start), steps_.end());
    steps_.resize(start);
    for (std::size_t i = 0; i < most && !failed_; ++i) {
      const auto copy = steps_.size();
      for (auto step : body) {
        shift(step, start, copy - start);
        add(std::move(step));
      }
      if (i >= least) {
        optional(copy);
      }
    }
    if (open) {
      const auto copy = steps_.size();
      for (auto step : body) {
        shift(step, start, copy - start);
        add(std::move(step));
      }
      loop(copy);
    }
  }

  std::size_t number() {
    std::size_t out = 0;
    const auto start = at_;
    while (more() && text_[at_] >= '0' && text_[at_] <= '9' && out <= 1000) {
      out = out * 10 + static_cast<std::size_t>(text_[at_++] - '0');
    }
    failed_ = failed_ || at_ == start;
    return out;
  }

  void atom() {
    Step step;
    step.op = Op::kClass;
    if (take('(')) {
      group();
      return;
    }
    if (take('[')) {
      bracket(step);
    } else if (take('.')) {
      step.ranges = {{U'\n', U'\n'}};
      step.negated = true;
    } else if (take('^')) {
      step.op = Op::kBegin;
    } else if (take('$')) {
      step.op = Op::kEnd;
    } else if (take('\\')) {
      step.ranges = escape(step.negated);
    } else if (next_is('*') || next_is('+') || next_is('?') || next_is('{')) {
      failed_ = true;
    } else {
      const auto character = next_character(text_, at_);
      step.ranges = {{character, character}};
    }
    add(std::move(step));
  }

  void group() {
    if (++depth_ > 50) {
      failed_ = true;
    }
    if (take('?') && !take(':')) {
      failed_ = true;
    }
    if (!failed_) {
      alternatives();
    }
    failed_ = failed_ || !take(')');
    --depth_;
  }

  void bracket(Step& step) {
    step.negated = take('^');
    bool first = true;
    while (more() && (first || text_[at_] != ']')) {
      first = false;
      if (take('\\')) {
        bool negated = false;
        const auto ranges = escape(negated);
        failed_ = failed_ || negated;
        step.ranges.insert(step.ranges.end(), ranges.begin(), ranges.end());
        continue;
      }
      if (text_.substr(at_).starts_with("[:")) {
        failed_ = true;  // ECMAScript reads POSIX classes as something else
        return;
      }
      const auto low = next_character(text_, at_);
      auto high = low;
      if (next_is('-') && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
        ++at_;
        if (next_is('\\')) {
          failed_ = true;
          return;
        }
        high = next_character(text_, at_);
      }
      failed_ = failed_ || high < low;
      step.ranges.emplace_back(low, high);
    }
    failed_ = failed_ || !take(']');
  }

  std::vector<Range> escape(bool& negated) {
    if (!more()) {
      failed_ = true;
      return {};
    }
    const char c = text_[at_++];
    switch (c) {
      case 'D':
        negated = true;
        [[fallthrough]];
      case 'd':
        return {{U'0', U'9'}};
      case 'W':
        negated = true;
        [[fallthrough]];
      case 'w':
        return {{U'0', U'9'}, {U'A', U'Z'}, {U'_', U'_'}, {U'a', U'z'}};
      case 'S':
        negated = true;
        [[fallthrough]];
      case 's':
        return {{U'\t', U'\n'}, {U'\f', U'\r'}, {U' ', U' '}};
      case 't':
        return {{U'\t', U'\t'}};
      case 'n':
        return {{U'\n', U'\n'}};
      case 'r':
        return {{U'\r', U'\r'}};
      default:
        break;
    }
    const auto code = static_cast<unsigned char>(c);
    const bool word = (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') ||
                      (code >= 'A' && code <= 'Z');
    failed_ = failed_ || word || code >= 0x80;
    return {{code, code}};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool failed_ = false;
  std::vector<Step> steps_;
};

/// The set of steps that are reached; each at most once.
class States {
 public:
  explicit States(const std::vector<Step>& steps) : steps_(steps), seen_(steps.size(), 0) {}

  void clear() {
    ++round_;
    list_.clear();
    matched_ = false;
  }

  /// Adds a step and all that it leads to without a character.
  void add(std::size_t step, bool at_begin, bool at_end) {
    stack_.push_back(step);
    while (!stack_.empty()) {
      const auto next = stack_.back();
      stack_.pop_back();
      if (seen_[next] == round_) {
        continue;
      }
      seen_[next] = round_;
      const auto& entry = steps_[next];
      if (entry.op == Op::kSplit) {
        stack_.push_back(entry.second);
        stack_.push_back(entry.first);
      } else if (entry.op == Op::kMatch) {
        matched_ = true;
      } else if (entry.op == Op::kClass) {
        list_.push_back(next);
      } else if (entry.op == Op::kBegin ? at_begin : at_end) {
        stack_.push_back(next + 1);
      }
    }
  }

  [[nodiscard]] const std::vector<std::size_t>& list() const { return list_; }
  [[nodiscard]] bool matched() const { return matched_; }

 private:
  const std::vector<Step>& steps_;
  std::vector<std::uint32_t> seen_;
  std::vector<std::size_t> list_;
  std::vector<std::size_t> stack_;
  std::uint32_t round_ = 0;
  bool matched_ = false;
};

}  // namespace

struct Pattern::Program {
  std::vector<Step> steps;
};

std::optional<Pattern> Pattern::compile(std::string_view text) {
  auto steps = Compiler(text).run();
  if (!steps) {
    return std::nullopt;
  }
  return Pattern(std::make_shared<const Program>(Program{std::move(*steps)}));
}

bool Pattern::matches(std::string_view text) const {
  const auto& steps = program_->steps;
  States even(steps);
  States odd(steps);
  auto* now = &even;
  auto* next = &odd;
  now->clear();
  now->add(0, true, text.empty());
  std::size_t at = 0;
  while (!now->matched() && at < text.size()) {
    const auto character = next_character(text, at);
    const bool at_end = at == text.size();
    next->clear();
    for (const auto step : now->list()) {
      if (steps[step].takes(character)) {
        next->add(step + 1, false, at_end);
      }
    }
    next->add(0, false, at_end);
    std::swap(now, next);
  }
  return now->matched();
}

}  // namespace autocache
