#include "runtime-hook/options.h"

#include "support/catch.h"

#include <fstream>
#include <iterator>

namespace autocache::hook {
namespace {

tl::expected<Options, std::string> parse(std::vector<std::string> arguments) {
  return parse_options(arguments);
}

}  // namespace

TEST_CASE("options take their value from the next word or behind an equals sign") {
  const auto options =
      parse({"sync", "--desired", "a.json", "--lock-timeout=5s", "--fast", "--log=json"});
  REQUIRE(options);
  CHECK(options->command == "sync");
  CHECK(options->desired == "a.json");
  CHECK(options->lock_timeout == std::chrono::seconds(5));
  CHECK(options->fast);
  CHECK_FALSE(options->dry_run);
  CHECK(options->log == LogFormat::kJson);
}

TEST_CASE("times are durations or seconds") {
  CHECK(parse({"sync", "--timeout", "90"})->timeout == std::chrono::seconds(90));
  CHECK(parse({"sync", "--timeout", "500ms"})->timeout == std::chrono::milliseconds(500));
  CHECK(parse({"sync", "--timeout", "soon"}).error() ==
        "--timeout: soon is no time (90s, 500ms, 2m)");
}

TEST_CASE("mistakes are named, with what was probably meant") {
  CHECK(parse({}).error() == "a command is missing");
  CHECK(parse({"snyc"}).error() == "unknown command snyc, did you mean sync?");
  CHECK(parse({"sync", "--dry-rnu"}).error() == "unknown option --dry-rnu, did you mean dry-run?");
  CHECK(parse({"probe", "--fast"}).error() == "unknown option --fast");
  CHECK(parse({"sync", "--desired"}).error() == "--desired needs a value");
  CHECK(parse({"sync", "--fast=yes"}).error() == "--fast takes no value");
  CHECK(parse({"status", "-o", "yaml"}).error() == "--output: yaml is neither text nor json");
}

TEST_CASE("every command has help with an example, and lists the options that it takes") {
  for (const CommandInfo& command : commands()) {
    CAPTURE(command.name);
    const std::string text = help_text(command.name);
    CHECK(text.find("examples:\n  autocache-hook " + std::string(command.name)) !=
          std::string::npos);
    for (const std::string_view option : command.options) {
      CHECK(text.find("  --" + std::string(option)) != std::string::npos);
    }
  }
}

TEST_CASE("the page of the hook names every command and option") {
  std::ifstream file("docs/hook.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  for (const CommandInfo& command : commands()) {
    CAPTURE(command.name);
    CHECK((command.name == "version" ||
           page.find('`' + std::string(command.name)) != std::string::npos));
    for (const std::string_view option : command.options) {
      CAPTURE(option);
      CHECK(page.find("`--" + std::string(option)) != std::string::npos);
    }
  }
}

}  // namespace autocache::hook
