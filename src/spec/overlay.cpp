#include "spec/overlay.h"

#include "base/number.h"
#include "base/text.h"
#include "spec/codes.h"
#include "spec/say.h"
#include "yaml/reader.h"
#include "yaml/resolve.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace autocache::spec {
namespace {

bool is_null(const yaml::Node& node) {
  return node.kind == yaml::Kind::kScalar && yaml::resolve(node).type == yaml::ScalarType::kNull;
}

yaml::Member* find(yaml::Node& node, std::string_view key) {
  const auto found = std::find_if(node.members.begin(), node.members.end(),
                                  [&](const auto& entry) { return entry.key == key; });
  return found == node.members.end() ? nullptr : &*found;
}

void merge(yaml::Node& base, const yaml::Node& patch) {
  if (patch.kind != yaml::Kind::kMapping) {
    base = patch;
    return;
  }
  if (base.kind != yaml::Kind::kMapping) {
    base = yaml::Node{};
    base.kind = yaml::Kind::kMapping;
    base.at = patch.at;
  }
  for (const auto& change : patch.members) {
    auto* member = find(base, change.key);
    if (is_null(change.value)) {
      std::erase_if(base.members, [&](const auto& entry) { return entry.key == change.key; });
    } else if (member != nullptr) {
      merge(member->value, change.value);
    } else {
      base.members.push_back({change.key, change.key_style, change.key_at, {}});
      merge(base.members.back().value, change.value);
    }
  }
}

void adopt(std::vector<SourcePtr>& sources, const SourcePtr& source) {
  if (std::find(sources.begin(), sources.end(), source) == sources.end()) {
    sources.push_back(source);
  }
}

/// Points all of `node`, which was read from a text of equal length, into `source`.
void relocate(yaml::Node& node, const Source* source) {
  node.at.source = source;
  for (auto& item : node.items) {
    relocate(item, source);
  }
  for (auto& member : node.members) {
    member.key_at.source = source;
    relocate(member.value, source);
  }
}

/// The reader of the part before `=`.
class PathParser {
 public:
  PathParser(const SourcePtr& source, std::vector<PathStep>& path) : source_(source), path_(path) {}

  /// The offset of the value, or nothing and `problem`.
  std::optional<std::size_t> run(std::string& problem) {
    const std::string_view text = source_->text;
    std::string key;
    std::size_t start = 0;
    bool after_index = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c == '\\' && i + 1 < text.size()) {
        key += text[++i];
      } else if (c == '.' || c == '=' || c == '[') {
        if (key.empty() && !after_index) {
          problem = "the path has an empty name";
          return std::nullopt;
        }
        if (!key.empty()) {
          path_.push_back({std::exchange(key, {}), 0, place(start)});
        }
        after_index = false;
        if (c == '=') {
          return i + 1;
        }
        if (c == '[') {
          const auto close = index(i);
          if (!close) {
            problem = "an index is a number in brackets";
            return std::nullopt;
          }
          i = *close;
          after_index = true;
        }
        start = i + 1;
      } else if (after_index) {
        problem = "a dot is missing behind the index";
        return std::nullopt;
      } else {
        key += c;
      }
    }
    problem = "must have the form path=value";
    return std::nullopt;
  }

 private:
  [[nodiscard]] Position place(std::size_t offset) const {
    return {source_.get(), 1, static_cast<int>(utf8_length(source_->text.substr(0, offset))) + 1};
  }

  /// Reads `[12]` at `open`; the offset of its end.
  std::optional<std::size_t> index(std::size_t open) {
    const std::string_view text = source_->text;
    const auto close = text.find(']', open);
    if (close == std::string_view::npos) {
      return std::nullopt;
    }
    const auto number = parse_number<std::size_t>(text.substr(open + 1, close - open - 1));
    if (!number) {
      return std::nullopt;
    }
    path_.push_back({"", *number, place(open)});
    return close;
  }

  const SourcePtr& source_;
  std::vector<PathStep>& path_;
};

/// Reads a quoted scalar or a flow collection, which starts at `offset` of the argument.
Diagnostics read_value(const SourcePtr& source, std::size_t offset, yaml::Node& value) {
  const std::string_view text = source->text;
  // Blanks instead of the path keep the columns.
  std::string padded(utf8_length(text.substr(0, offset)), ' ');
  padded += text.substr(offset);
  auto read = yaml::read(make_source(source->name, std::move(padded)));
  for (auto& diagnostic : read.diagnostics) {
    diagnostic.excerpt = text;
    if (diagnostic.at.line > 1) {
      // The end of the text counts as a line of its own.
      diagnostic.at.line = 1;
      diagnostic.at.column = static_cast<int>(utf8_length(text)) + 1;
    }
  }
  if (read.documents.size() == 1 && read.diagnostics.empty()) {
    value = std::move(read.documents.front().root);
    relocate(value, source.get());
  }
  return std::move(read.diagnostics);
}

Diagnostics in_the_way(const PathStep& step, const yaml::Node& node, std::string message) {
  Diagnostics out;
  out.push_back(error_at(code::kSetPath, step.at, "", std::move(message)));
  if (node.at.source != nullptr && node.at.line > 0) {
    out.back().hint = "the value is at " + node.at.source->name + ":" +
                      std::to_string(node.at.line) + ":" + std::to_string(node.at.column);
  }
  return out;
}

yaml::Node empty_node(const PathStep& step) {
  yaml::Node node;
  node.kind = step.key.empty() ? yaml::Kind::kSequence : yaml::Kind::kMapping;
  node.at = step.at;
  return node;
}

}  // namespace

void merge_patch(yaml::Document& base, const yaml::Document& patch) {
  merge(base.root, patch.root);
  for (const auto& source : patch.sources) {
    adopt(base.sources, source);
  }
}

Result<Assignment> parse_set(std::string_view option, std::string_view argument, SetType type) {
  Assignment out;
  out.source = make_source(std::string(option), std::string(argument));
  const Position start{out.source.get(), 1, 1};
  if (!is_utf8(argument) || argument.find('\n') < argument.find('=')) {
    return failure(error_at(code::kSetArgument, start, "", "the path must be text on one line"));
  }
  std::string problem;
  const auto offset = PathParser(out.source, out.path).run(problem);
  if (!offset) {
    return failure(error_at(code::kSetArgument, start, "", problem,
                            "write it as in spec.replicas=6 or spec.env[0].value=x"));
  }
  const auto value = argument.substr(*offset);
  out.value.at = {out.source.get(), 1,
                  static_cast<int>(utf8_length(argument.substr(0, *offset))) + 1};
  const bool needs_reader = type == SetType::kYaml && !value.empty() &&
                            std::string_view("[{\"'").find(value.front()) != std::string_view::npos;
  if (needs_reader) {
    if (auto diagnostics = read_value(out.source, *offset, out.value); !diagnostics.empty()) {
      return tl::unexpected<Diagnostics>(std::move(diagnostics));
    }
  } else {
    out.value.scalar = value;
    out.value.style = type == SetType::kYaml ? yaml::Style::kPlain : yaml::Style::kQuoted;
  }
  return out;
}

Diagnostics apply_set(yaml::Document& base, const Assignment& assignment) {
  // On a copy, so that a path that cannot be followed changes nothing.
  yaml::Node root = base.root;
  yaml::Node* at = &root;
  yaml::Node* parent = at;
  for (const auto& step : assignment.path) {
    if (is_null(*at)) {
      *at = empty_node(step);
    }
    parent = at;
    if (step.key.empty()) {
      if (at->kind != yaml::Kind::kSequence) {
        return in_the_way(step, *at, "an index needs a list, not " + kind_of(*at));
      }
      if (step.index > at->items.size()) {
        return in_the_way(step, *at,
                          "the list has " + count_of(at->items.size(), "item") +
                              "; the next one is [" + std::to_string(at->items.size()) + "]");
      }
      if (step.index == at->items.size()) {
        at->items.emplace_back();
      }
      at = &at->items[step.index];
      continue;
    }
    if (at->kind != yaml::Kind::kMapping) {
      return in_the_way(step, *at, in_quotes(step.key) + " needs an object, not " + kind_of(*at));
    }
    if (find(*at, step.key) == nullptr) {
      at->members.push_back({step.key, yaml::Style::kQuoted, step.at, {}});
    }
    at = &find(*at, step.key)->value;
  }
  *at = assignment.value;
  const auto& last = assignment.path.back();
  if (is_null(*at) && !last.key.empty()) {
    std::erase_if(parent->members, [&](const auto& entry) { return entry.key == last.key; });
  }
  base.root = std::move(root);
  adopt(base.sources, assignment.source);
  return {};
}

}  // namespace autocache::spec
