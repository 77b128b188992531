#pragma once

// What the commands share in reading their arguments: CLI11 behind a small surface.

#include "cli/command.h"
#include "cli/print.h"

#include <CLI/CLI.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace autocache::cli {

/// A CLI11 application for one command, with our help layout. `examples` become the end of
/// `--help`.
class Parser {
 public:
  Parser(std::string_view command, std::string_view summary, std::string_view examples);

  /// Where options are added.
  CLI::App& app() { return app_; }

  /// Parses. An exit code means that the command is over: help was printed (kOk) or the usage was
  /// wrong (kUsage, said on stderr with "did you mean" for a misspelt option).
  std::optional<ExitCode> parse(const Arguments& arguments, Io& io);

 private:
  CLI::App app_;
  std::string command_;
};

/// Adds an option whose values are the words of an enumeration.
template <class E>
CLI::Option* add_choice(CLI::App& app,
                        const std::string& flags,
                        E& target,
                        const std::map<std::string, E>& words,
                        const std::string& help) {
  std::string list;
  for (const auto& [word, value] : words) list += (list.empty() ? "" : "|") + word;
  return app
      .add_option_function<std::string>(
          flags, [&target, words](const std::string& word) { target = words.at(word); }, help)
      ->check(CLI::Validator(
          [words, list](const std::string& word) {
            return words.count(word) != 0 ? std::string() : "must be one of " + list;
          },
          ""))
      ->type_name(list);
}

/// `--color auto|always|never`.
void add_color_option(CLI::App& app, ColourMode& mode);

}  // namespace autocache::cli
