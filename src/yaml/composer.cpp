#include "yaml/composer.h"

#include "base/text.h"
#include "yaml/resolve.h"

#include <fmt/format.h>

#include <algorithm>

namespace autocache::yaml {
namespace {

constexpr std::size_t kMaxProblems = 100;
constexpr std::string_view kCoreTags = "tag:yaml.org,2002:";

/// A key or tag inside of a message: one line, not too long.
std::string quoted(std::string_view text) {
  constexpr std::size_t kMost = 60;
  if (text.size() <= kMost) return fmt::format("`{}`", text);
  return fmt::format("`{}...`", text.substr(0, utf8_floor(text, kMost)));
}

std::string short_tag(std::string_view tag) {
  if (!tag.starts_with(kCoreTags)) return std::string(tag);
  return "!!" + std::string(tag.substr(kCoreTags.size()));
}

}  // namespace

Composer::Composer(SourcePtr source, const ReadOptions& options)
    : source_(std::move(source)), options_(options) {
  // What the counters of an entry can hold.
  constexpr std::size_t kMostNodes = 1'000'000'000;
  constexpr int kMostLevels = 10'000;
  options_.max_nodes = std::min(options_.max_nodes, kMostNodes);
  options_.max_depth = std::clamp(options_.max_depth, 1, kMostLevels);
}

void Composer::begin_document() {
  ++documents_begun_;
  entries_.clear();
  texts_.clear();
  open_.clear();
  anchors_.clear();
}

Next Composer::scalar(Position at,
                      Style style,
                      std::string_view text,
                      const Properties& properties) {
  const Index index = add(at);
  Entry& entry = entries_[index];
  entry.style = style;
  entry.text_begin = static_cast<std::uint32_t>(texts_.size());
  entry.text_size = static_cast<std::uint32_t>(text.size());
  entry.bytes = entry.text_size;
  texts_ += text;
  if (!properties.anchor.empty()) set_anchor(index, properties.anchor);
  if (!properties.tag.empty() && apply_scalar_tag(index, properties.tag) == Next::kStop) {
    return Next::kStop;
  }
  return complete(index);
}

Next Composer::begin(Position at, Kind kind, const Properties& properties) {
  const Index index = add(at);
  entries_[index].kind = kind;
  entries_[index].height = 1;
  if (open_.size() >= static_cast<std::size_t>(options_.max_depth)) {
    report_at(kTooDeep, index, fmt::format("nested deeper than {} levels", options_.max_depth));
    return Next::kStop;
  }
  if (!properties.anchor.empty()) set_anchor(index, properties.anchor);
  if (!properties.tag.empty() && check_collection_tag(index, properties.tag) == Next::kStop) {
    return Next::kStop;
  }
  open_.push_back(index);
  return Next::kContinue;
}

Next Composer::end() {
  const Index index = open_.back();
  if (entries_[index].kind == Kind::kMapping && check_keys(index) == Next::kStop) {
    return Next::kStop;
  }
  open_.pop_back();
  return complete(index);
}

Next Composer::alias(Position at, std::string_view name) {
  const Index index = add(at);
  const auto found = anchors_.find(name);
  if (found == anchors_.end()) {
    const Next next = report_at(
        kUnknownAlias, index, fmt::format("there is no anchor {} before this alias", quoted(name)),
        "quote a value that starts with *");
    return next == Next::kStop ? next : complete(index);
  }
  const Entry& meant = entries_[found->second];
  if (!meant.is_complete) {
    const Next next = report_at(kAliasToItself, index,
                                fmt::format("the anchor {} contains itself", quoted(name)));
    return next == Next::kStop ? next : complete(index);
  }
  Entry& entry = entries_[index];
  entry.is_alias = true;
  entry.text_begin = found->second;
  entry.nodes = meant.nodes;
  entry.bytes = meant.bytes;
  entry.height = meant.height;
  alias_bytes_ += meant.bytes;
  if (open_.size() + meant.height > static_cast<std::size_t>(options_.max_depth)) {
    report_at(kTooDeep, index,
              fmt::format("nested deeper than {} levels by this alias", options_.max_depth));
    return Next::kStop;
  }
  if (alias_bytes_ > options_.max_bytes) {
    report_at(kAliasBomb, index,
              fmt::format("aliases expand to more than {} bytes", options_.max_bytes));
    return Next::kStop;
  }
  return complete(index);
}

void Composer::end_document() {
  const Entry& root = entries_.front();
  if (root.kind == Kind::kScalar && resolve(text(root), root.style).type == ScalarType::kNull) {
    return;
  }
  Document document;
  document.sources.push_back(source_);
  document.index = documents_begun_ - 1;
  build(0, document.root, Path{});
  result_.documents.push_back(std::move(document));
}

Next Composer::report(const Code& code, Position at, std::string message, std::string hint) {
  return add_problem(error_at(code.code, at, {}, std::move(message), std::move(hint)));
}

ReadResult Composer::take() {
  std::stable_sort(result_.diagnostics.begin(), result_.diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
                   });
  return std::move(result_);
}

Composer::Index Composer::add(Position at) {
  if (!open_.empty()) ++entries_[open_.back()].count;
  Entry& entry = entries_.emplace_back();
  entry.line = at.line;
  entry.column = at.column;
  return static_cast<Index>(entries_.size() - 1);
}

Next Composer::complete(Index index) {
  Entry& entry = entries_[index];
  entry.end = static_cast<Index>(entries_.size());
  entry.is_complete = true;
  if (!open_.empty()) {
    Entry& parent = entries_[open_.back()];
    parent.nodes += entry.nodes;
    parent.bytes += entry.bytes;
    parent.height = std::max<std::uint16_t>(parent.height, entry.height + 1U);
  }
  total_nodes_ += entry.is_alias ? entry.nodes : 1;
  if (total_nodes_ <= options_.max_nodes) return Next::kContinue;
  result_.documents.clear();  // nobody is to work on so many
  if (entry.is_alias) {
    report_at(kAliasBomb, index,
              fmt::format("aliases expand to more than {} values", options_.max_nodes));
  } else {
    report_at(kTooManyValues, index, fmt::format("more than {} values", options_.max_nodes),
              "split the file");
  }
  return Next::kStop;
}

void Composer::set_anchor(Index index, std::string_view name) {
  const auto found = anchors_.find(name);
  if (found == anchors_.end()) {
    anchors_.emplace(name, index);
  } else {
    found->second = index;
  }
}

Next Composer::apply_scalar_tag(Index index, std::string_view tag) {
  Entry& entry = entries_[index];
  const auto make_string = [&entry] {
    if (entry.style == Style::kPlain) entry.style = Style::kQuoted;
    return Next::kContinue;
  };
  if (tag == "!") return make_string();
  const std::string_view name = tag.starts_with(kCoreTags) ? tag.substr(kCoreTags.size()) : "";
  if (name == "str") return make_string();
  const ScalarType type = resolve(text(entry), Style::kPlain).type;
  const bool fits =
      (name == "null" && type == ScalarType::kNull) ||
      (name == "bool" && type == ScalarType::kBool) ||
      (name == "int" && type == ScalarType::kInteger) ||
      (name == "float" && (type == ScalarType::kInteger || type == ScalarType::kFloat));
  if (fits) {
    entry.style = Style::kPlain;
    return Next::kContinue;
  }
  make_string();
  if (name == "null" || name == "bool" || name == "int" || name == "float" || name == "map" ||
      name == "seq") {
    return report_at(kTagMismatch, index,
                     fmt::format("{} is not of type {}", quoted(text(entry)), short_tag(tag)));
  }
  return report_at(kUnsupportedTag, index,
                   fmt::format("unsupported tag {}", quoted(short_tag(tag))),
                   "quote a value that starts with !");
}

Next Composer::check_collection_tag(Index index, std::string_view tag) {
  const bool is_sequence = entries_[index].kind == Kind::kSequence;
  const std::string_view name = tag.starts_with(kCoreTags) ? tag.substr(kCoreTags.size()) : "";
  if (tag == "!" || name == (is_sequence ? "seq" : "map")) return Next::kContinue;
  if (name == "map" || name == "seq" || name == "str" || name == "null" || name == "bool" ||
      name == "int" || name == "float") {
    return report_at(
        kTagMismatch, index,
        fmt::format("a {} is not of type {}", is_sequence ? "list" : "mapping", short_tag(tag)));
  }
  return report_at(kUnsupportedTag, index,
                   fmt::format("unsupported tag {}", quoted(short_tag(tag))));
}

Next Composer::check_keys(Index mapping) {
  std::vector<Key> keys;
  keys.reserve(entries_[mapping].count / 2);
  converted_keys_.clear();
  for (Index key = mapping + 1; key < entries_.size(); key = entries_[entries_[key].end].end) {
    if (check_key(key, keys) == Next::kStop) return Next::kStop;
  }
  std::sort(keys.begin(), keys.end());
  for (std::size_t i = 1, first = 0; i < keys.size(); ++i) {
    if (keys[i].first != keys[first].first) {
      first = i;
    } else if (report_duplicate(keys[first].second, keys[i]) == Next::kStop) {
      return Next::kStop;
    }
  }
  return Next::kContinue;
}

Next Composer::report_duplicate(Index first, const Key& second) {
  entries_[second.second].is_dropped = true;
  const std::string_view written = text(entries_[target(second.second)]);
  std::string hint;
  if (is_merge_key(second.second)) {
    hint = "merge several mappings with `<<: [*a, *b]`";
  } else if (text(entries_[target(first)]) != written) {
    hint = fmt::format("kubectl reads both keys as {}", quoted(second.first));
  }
  return report_at(kDuplicateKey, second.second,
                   fmt::format("duplicate key {}, first at line {}, column {}", quoted(written),
                               entries_[first].line, entries_[first].column),
                   std::move(hint));
}

Next Composer::check_key(Index key, std::vector<Key>& keys) {
  const Entry& entry = entries_[target(key)];
  if (is_merge_key(key)) {
    // No other key has this text: a quoted `<<` is one character shorter.
    keys.emplace_back(std::string_view("<<\0", 3), key);
    if (is_mergeable(entries_[key].end)) return Next::kContinue;
    entries_[key].is_dropped = true;
    return report_at(kBadMerge, entries_[key].end,
                     "a merge key takes a mapping, an alias of one, or a list of these",
                     "quote the key if it is not meant as a merge");
  }
  if (entry.kind != Kind::kScalar) {
    entries_[key].is_dropped = true;
    return report_at(
        kKeyNotScalar, key,
        fmt::format("a key is a {}", entry.kind == Kind::kSequence ? "list" : "mapping"),
        "quote a text that starts with [ or {");
  }
  switch (resolve(text(entry), entry.style).type) {
    case ScalarType::kString:
      keys.emplace_back(text(entry), key);
      return Next::kContinue;
    case ScalarType::kNull:
      entries_[key].is_dropped = true;
      return report_at(kNullKey, key, "a key is null", "quote it if it is meant as text");
    default:
      // `yes` and `"true"` are one key for kubectl.
      keys.emplace_back(converted_keys_.emplace_back(key_text(text(entry), entry.style)), key);
      return Next::kContinue;
  }
}

bool Composer::is_merge_key(Index key) const {
  const Entry& entry = entries_[key];
  return !entry.is_alias && entry.kind == Kind::kScalar && entry.style == Style::kPlain &&
         text(entry) == "<<";
}

bool Composer::is_mergeable(Index value) const {
  if (entries_[target(value)].kind == Kind::kMapping) return true;
  // go-yaml takes no alias of a list here.
  const Entry& list = entries_[value];
  if (list.kind != Kind::kSequence) return false;
  for (Index item = value + 1; item < list.end; item = entries_[item].end) {
    if (entries_[target(item)].kind != Kind::kMapping) return false;
  }
  return true;
}

Composer::Index Composer::target(Index index) const {
  while (entries_[index].is_alias) index = entries_[index].text_begin;
  return index;
}

std::string_view Composer::text(const Entry& entry) const {
  return entry.is_alias ? std::string_view{}
                        : std::string_view(texts_).substr(entry.text_begin, entry.text_size);
}

Position Composer::position(const Entry& entry) const {
  return {source_.get(), entry.line, entry.column};
}

/// The JSON pointer of an entry inside of the open collections, or of a key of the innermost one.
std::string Composer::pointer_to(Index index) const {
  std::string pointer;
  for (std::size_t i = 0; i < open_.size(); ++i) {
    const Index child = i + 1 < open_.size() ? open_[i + 1] : index;
    if (child == open_[i]) break;
    const Entry& parent = entries_[open_[i]];
    if (parent.kind == Kind::kSequence) {
      pointer = pointer_join(pointer, std::to_string(parent.count - 1));
      continue;
    }
    // Children alternate; a value stands right behind its key.
    bool is_key = true;
    Index key = open_[i] + 1;
    for (Index at = key; at < child; at = entries_[at].end) {
      if (is_key) key = at;
      is_key = !is_key;
    }
    if (is_key) key = child;
    const Entry& named = entries_[target(key)];
    if (named.kind == Kind::kScalar) pointer = pointer_join(pointer, text(named));
  }
  return pointer;
}

Next Composer::report_at(const Code& code, Index index, std::string message, std::string hint) {
  return add_problem(error_at(code.code, position(entries_[index]), pointer_to(index),
                              std::move(message), std::move(hint)));
}

Next Composer::add_problem(Diagnostic diagnostic) {
  if (result_.diagnostics.size() > kMaxProblems) return Next::kStop;
  if (result_.diagnostics.size() == kMaxProblems) {
    diagnostic.code = kTooManyProblems.code;
    diagnostic.message = "too many problems; those after this line are not shown";
    diagnostic.path.clear();
    diagnostic.hint.clear();
    result_.diagnostics.push_back(std::move(diagnostic));
    return Next::kStop;
  }
  result_.diagnostics.push_back(std::move(diagnostic));
  return Next::kContinue;
}

}  // namespace autocache::yaml
