#include "cli/complete.h"

#include "base/text.h"
#include "spec/schema.h"

#include <ostream>
#include <sstream>

namespace autocache::cli {
namespace {

struct OptionInfo {
  std::vector<std::string> names;
  std::string type;
  std::string help;
};

std::vector<OptionInfo> options_of(const Command& command, const Io& io) {
  std::ostringstream text;
  std::ostringstream ignored;
  Io quiet{io.in, text, ignored};
  command.run({std::string(kListOptions)}, quiet);
  std::vector<OptionInfo> options;
  std::istringstream lines(text.str());
  for (std::string line; std::getline(lines, line);) {
    const auto parts = split(line, '\t');
    if (parts.size() != 3) continue;
    OptionInfo info;
    for (const std::string_view name : split(parts[0], ',')) info.names.emplace_back(name);
    info.type = parts[1];
    info.help = parts[2];
    options.push_back(std::move(info));
  }
  return options;
}

class Candidates {
 public:
  Candidates(std::string_view prefix, std::ostream& out) : prefix_(prefix), out_(out) {}

  void offer(std::string_view word, std::string_view meaning = {}) {
    if (!word.starts_with(prefix_)) return;
    out_ << word;
    if (!meaning.empty()) out_ << '\t' << meaning;
    out_ << '\n';
  }

 private:
  std::string_view prefix_;
  std::ostream& out_;
};

const OptionInfo* find_option(const std::vector<OptionInfo>& options, std::string_view name) {
  for (const OptionInfo& option : options) {
    for (const std::string& known : option.names) {
      if (known == name) return &option;
    }
  }
  return nullptr;
}

/// The field paths one level below what is typed: "spec.sto" gives "spec.storage".
void offer_fields(std::string_view typed, Candidates& candidates) {
  for (const spec::KindSchema& kind : spec::kinds()) {
    const spec::Schema* schema = kind.root;
    std::string path;
    const auto parts = split(typed, '.');
    for (std::size_t i = 0; i + 1 < parts.size() && schema != nullptr; ++i) {
      const spec::Property* property = schema->find(parts[i]);
      schema = property == nullptr ? nullptr : property->schema;
      while (schema != nullptr && schema->items != nullptr) schema = schema->items;
      path += std::string(parts[i]) + ".";
    }
    if (schema == nullptr) continue;
    for (const spec::Property& property : schema->properties) {
      candidates.offer(path + std::string(property.name), property.schema->description);
    }
  }
}

void offer_positional(std::string_view command, std::string_view typed, Candidates& candidates) {
  if (command == "explain") offer_fields(typed, candidates);
  if (command == "completion") {
    for (const std::string_view shell : {"bash", "fish", "zsh"}) candidates.offer(shell);
  }
}

}  // namespace

ExitCode run_complete(const Arguments& words, Io& io) {
  const std::string_view typed =
      words.empty() ? std::string_view() : std::string_view(words.back());
  Candidates candidates(typed, io.out);
  if (words.size() <= 1) {
    for (const Command& command : commands()) candidates.offer(command.name, command.summary);
    if (typed.starts_with("-")) {
      candidates.offer("--help", "Print the help");
      candidates.offer("--version", "Print the version");
    }
    return ExitCode::kOk;
  }
  for (const Command& command : commands()) {
    if (command.name != words.front()) continue;
    const std::vector<OptionInfo> options = options_of(command, io);
    const OptionInfo* before =
        words.size() > 2 ? find_option(options, words[words.size() - 2]) : nullptr;
    if (before != nullptr && !before->type.empty()) {
      if (before->type.find('|') != std::string::npos) {
        for (const std::string_view word : split(before->type, '|')) candidates.offer(word);
      }
      return ExitCode::kOk;
    }
    if (!typed.starts_with("-")) {
      offer_positional(command.name, typed, candidates);
      return ExitCode::kOk;
    }
    for (const OptionInfo& option : options) {
      for (const std::string& name : option.names) candidates.offer(name, option.help);
    }
  }
  return ExitCode::kOk;
}

}  // namespace autocache::cli
