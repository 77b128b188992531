#include "templategen/generator.h"

#include "base/json.h"
#include "base/text.h"
#include "yaml/node.h"
#include "yaml/reader.h"
#include "yaml/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace autocache::templategen {

namespace {

constexpr std::string_view kCode = "AC0901";

/// A `${path}` or a stretch of text between two.
struct Part {
  bool placeholder = false;
  bool optional = false;
  std::string text;
};

struct Loop {
  std::string variable;
  std::string path;
};

/// The directives of a mapping, taken apart from its members.
struct Directives {
  std::optional<std::string> condition;  ///< C++ expression
  std::optional<Loop> loop;
  std::vector<std::string> splices;  ///< C++ expressions
  std::size_t members = 0;
};

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || is_digit(c); });
}

bool is_path(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, '.');
  return std::all_of(parts.begin(), parts.end(), is_name);
}

/// `text` as a C++ string literal.
std::string literal(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += fmt::format("\\{:03o}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

/// Writes the code of one template.
class Writer {
 public:
  Writer(std::string& code, Diagnostics& diagnostics) : code_(code), diagnostics_(diagnostics) {}

  void document(const yaml::Node& root) {
    if (root.kind != yaml::Kind::kMapping) {
      error(root.at, "a template is a mapping");
      return;
    }
    const Directives directives = directives_of(root);
    open(root, directives);
    const std::string name = mapping(root, directives);
    line(root.at, fmt::format("out.push_back(std::move({}).json());", name));
    close(directives);
  }

 private:
  void error(const Position& at, std::string message) {
    diagnostics_.push_back(error_at(kCode, at, {}, std::move(message)));
  }

  void line(const Position& at, std::string_view text) {
    code_ += fmt::format("#line {} {}\n{}\n", at.line, literal(at.source->name), text);
  }

  std::string fresh(char prefix) { return fmt::format("{}{}", prefix, next_++); }

  /// The C++ expression of a path: loop variables stand for themselves, other names are members of
  /// the model.
  std::string expression(std::string_view path) const {
    const std::string_view first = path.substr(0, path.find('.'));
    const bool is_loop = std::find(loops_.begin(), loops_.end(), first) != loops_.end();
    return is_loop ? std::string(path) : fmt::format("model.{}", path);
  }

  std::optional<std::string> path_expression(const yaml::Node& node, std::string_view text) {
    if (!is_path(text)) {
      error(node.at, fmt::format("\"{}\" is not a path of lower-case names", text));
      return std::nullopt;
    }
    return expression(text);
  }

  std::optional<std::string> condition(const yaml::Node& node) {
    constexpr std::string_view kNot = "not ";
    const bool negated = node.scalar.starts_with(kNot);
    const auto path =
        path_expression(node, std::string_view(node.scalar).substr(negated ? kNot.size() : 0));
    return path ? std::optional(fmt::format("{}present({})", negated ? "!" : "", *path))
                : std::nullopt;
  }

  std::optional<Loop> loop(const yaml::Node& node) {
    constexpr std::string_view kIn = " in ";
    const std::string_view text = node.scalar;
    const std::size_t at = text.find(kIn);
    if (at == std::string_view::npos || !is_name(text.substr(0, at))) {
      error(node.at, "a loop is written `name in path`");
      return std::nullopt;
    }
    const auto path = path_expression(node, text.substr(at + kIn.size()));
    return path ? std::optional(Loop{std::string(text.substr(0, at)), *path}) : std::nullopt;
  }

  Directives directives_of(const yaml::Node& node) {
    Directives out;
    for (const yaml::Member& member : node.members) {
      if (!member.key.starts_with('$')) {
        ++out.members;
        continue;
      }
      if (member.value.kind != yaml::Kind::kScalar) {
        error(member.value.at, fmt::format("{} takes a path", member.key));
      } else if (member.key == "$if") {
        out.condition = condition(member.value);
      } else if (member.key == "$for") {
        out.loop = loop(member.value);
        if (out.loop) {
          loops_.push_back(out.loop->variable);
        }
      } else if (member.key == "$splice") {
        if (const auto path = path_expression(member.value, member.value.scalar)) {
          out.splices.push_back(*path);
        }
      } else {
        error(member.key_at, fmt::format("unknown directive {}", member.key));
      }
    }
    return out;
  }

  /// Opens the blocks that the directives ask for. A condition is inside the loop, so that it can
  /// use its variable.
  void open(const yaml::Node& node, const Directives& directives) {
    if (directives.loop) {
      line(node.at, fmt::format("for (const auto& {} : {}) {{", directives.loop->variable,
                                directives.loop->path));
    }
    if (directives.condition) {
      line(node.at, fmt::format("if ({}) {{", *directives.condition));
    }
  }

  void close(const Directives& directives) {
    if (directives.condition) {
      code_ += "}\n";
    }
    if (directives.loop) {
      code_ += "}\n";
      loops_.pop_back();
    }
  }

  /// The text and placeholders of a scalar; nothing after an error.
  std::optional<std::vector<Part>> parts_of(const yaml::Node& node) {
    std::vector<Part> parts;
    std::string_view rest = node.scalar;
    while (!rest.empty()) {
      const std::size_t start = std::min(rest.find("${"), rest.size());
      if (start > 0) {
        parts.push_back({false, false, std::string(rest.substr(0, start))});
        rest.remove_prefix(start);
        continue;
      }
      const std::size_t end = rest.find('}');
      if (end == std::string_view::npos) {
        error(node.at, "a placeholder without its closing brace");
        return std::nullopt;
      }
      std::string_view path = rest.substr(2, end - 2);
      const bool optional = path.ends_with('?');
      path.remove_suffix(optional ? 1 : 0);
      const auto text = path_expression(node, path);
      if (!text) {
        return std::nullopt;
      }
      parts.push_back({true, optional, *text});
      rest.remove_prefix(end + 1);
    }
    return parts;
  }

  /// The C++ expression of a scalar without placeholders, as YAML reads it.
  std::string constant(const yaml::Node& node) {
    const yaml::Resolved resolved = yaml::resolve(node);
    if (resolved.ambiguous) {
      error(node.at, "YAML 1.1 and 1.2 read this differently: quote it");
    }
    switch (resolved.type) {
      case yaml::ScalarType::kNull:
        error(node.at, "null has no place in a manifest");
        return "Json()";
      case yaml::ScalarType::kBool:
        return fmt::format("Json({})", yaml::to_json(node).dump());
      case yaml::ScalarType::kInteger:
        return fmt::format("Json(std::int64_t{{{}}})", yaml::to_json(node).dump());
      case yaml::ScalarType::kFloat:
        error(node.at, "a number with a fraction has no place in a manifest");
        return "Json()";
      case yaml::ScalarType::kString:
        break;
    }
    return fmt::format("Json({})", literal(node.scalar));
  }

  /// The value of a scalar and whether it may be absent.
  struct Scalar {
    std::string code;
    bool optional = false;
  };

  Scalar scalar(const yaml::Node& node) {
    const auto parts = parts_of(node);
    if (!parts) {
      return {"Json()", false};
    }
    const bool plain = std::none_of(parts->begin(), parts->end(),
                                    [](const Part& part) { return part.placeholder; });
    if (plain) {
      return {constant(node), false};
    }
    if (parts->size() == 1) {
      return {parts->front().optional ? parts->front().text
                                      : fmt::format("to_json({})", parts->front().text),
              parts->front().optional};
    }
    std::vector<std::string> arguments;
    for (const Part& part : *parts) {
      if (part.optional) {
        error(node.at, "an optional placeholder stands alone in its scalar");
      }
      arguments.push_back(part.placeholder ? part.text : literal(part.text));
    }
    return {fmt::format("Json(text({}))", join(arguments, ", ")), false};
  }

  /// Writes the code that builds a mapping (without its condition or loop) and returns the name of
  /// its variable.
  std::string mapping(const yaml::Node& node, const Directives& directives) {
    std::string name = fresh('o');
    std::string capacity = std::to_string(directives.members);
    for (const std::string& splice : directives.splices) {
      capacity += fmt::format(" + count({})", splice);
    }
    line(node.at, fmt::format("Object {}({});", name, capacity));
    std::size_t splice = 0;
    for (const yaml::Member& member : node.members) {
      if (member.key == "$splice" && splice < directives.splices.size()) {
        line(member.value.at, fmt::format("{}.splice({});", name, directives.splices[splice++]));
      } else if (!member.key.starts_with('$')) {
        child(member.value, name, literal(member.key));
      }
      if (member.key.find("${") != std::string::npos) {
        error(member.key_at, "a placeholder in a key");
      }
    }
    return name;
  }

  std::string sequence(const yaml::Node& node) {
    std::string name = fresh('l');
    line(node.at, fmt::format("List {}({});", name, node.items.size()));
    for (const yaml::Node& item : node.items) {
      const bool splices = item.kind == yaml::Kind::kMapping && item.members.size() == 1 &&
                           item.members.front().key == "$splice";
      if (splices) {
        for (const std::string& path : directives_of(item).splices) {
          line(item.at, fmt::format("{}.splice({});", name, path));
        }
      } else {
        child(item, name, {});
      }
    }
    return name;
  }

  /// Writes the code that adds `node` to the variable `parent`: under a key, or as an item where
  /// `key` is empty.
  void child(const yaml::Node& node, std::string_view parent, std::string_view key) {
    const std::string prefix = key.empty() ? std::string() : fmt::format("{}, ", key);
    if (node.kind == yaml::Kind::kScalar) {
      const Scalar value = scalar(node);
      line(node.at, fmt::format("{}.{}({}{});", parent, value.optional ? "add_present" : "add",
                                prefix, value.code));
      return;
    }
    if (node.kind == yaml::Kind::kSequence) {
      code_ += "{\n";
      const std::string name = sequence(node);
      close_child(node, parent, prefix, name);
      return;
    }
    const Directives directives = directives_of(node);
    if (directives.loop && !key.empty()) {
      error(node.at, "$for repeats list items and documents only");
    }
    open(node, directives);
    code_ += "{\n";
    const std::string name = mapping(node, directives);
    close_child(node, parent, prefix, name);
    close(directives);
  }

  /// Adds what was built. What is empty in the template stays, what became empty goes: the API
  /// server keeps no empty lists.
  void close_child(const yaml::Node& node,
                   std::string_view parent,
                   std::string_view prefix,
                   std::string_view name) {
    const bool empty = node.items.empty() && node.members.empty();
    line(node.at, fmt::format("{}.{}({}std::move({}).json());", parent,
                              empty ? "add" : "add_filled", prefix, name));
    code_ += "}\n";
  }

  std::string& code_;
  Diagnostics& diagnostics_;
  std::vector<std::string> loops_;
  int next_ = 0;
};

}  // namespace

Generated generate(const std::vector<SourcePtr>& templates, const Target& target) {
  Generated out;
  out.code = fmt::format(
      "// Written by templategen: do not edit.\n#include {}\n\n#include \"render/build.h\"\n\n"
      "namespace {} {{\n\nnamespace {{\n\n",
      literal(target.header), target.name_space);
  std::string calls;
  for (std::size_t i = 0; i < templates.size(); ++i) {
    const yaml::ReadResult read = yaml::read(templates[i]);
    out.diagnostics.insert(out.diagnostics.end(), read.diagnostics.begin(), read.diagnostics.end());
    if (has_errors(read.diagnostics)) {
      continue;
    }
    if (read.documents.size() != 1) {
      out.diagnostics.push_back(
          error_at(kCode, {templates[i].get(), 1, 1}, {}, "a template is one YAML document"));
      continue;
    }
    out.code += fmt::format("void template{}(const Model& model, std::vector<Json>& out) {{\n", i);
    Writer(out.code, out.diagnostics).document(read.documents.front().root);
    out.code += "}\n\n";
    calls += fmt::format("  template{}(model, out);\n", i);
  }
  out.code += fmt::format(
      "}}  // namespace\n\nvoid add_manifests(const Model& model, std::vector<Json>& out) "
      "{{\n{}}}\n\n"
      "}}  // namespace {}\n",
      calls, target.name_space);
  return out;
}

}  // namespace autocache::templategen
