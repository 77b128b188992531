#include "cli/command.h"
#include "cli/complete.h"
#include "support/catch.h"
#include "support/cli.h"

#include <fstream>
#include <iterator>
#include <sstream>

using namespace autocache;
using autocache::testing::run_cli;

TEST_CASE("without a command the help goes to stderr and the usage is wrong") {
  const auto result = run_cli({});
  CHECK(result.exit_code == 2);
  CHECK(result.out.empty());
  CHECK(result.err.find("Usage: autocache COMMAND") != std::string::npos);
}

TEST_CASE("a wrong command gets a suggestion") {
  const auto result = run_cli({"rendr"});
  CHECK(result.exit_code == 2);
  CHECK(result.err ==
        "autocache: error: unknown command rendr\nautocache: hint: did you mean 'render'?\n");
}

TEST_CASE("a wrong option gets a suggestion") {
  const auto result = run_cli({"render", "x.yaml", "--namespcae", "shop"});
  CHECK(result.exit_code == 2);
  CHECK(
      result.err ==
      "autocache: error: unknown option --namespcae\nautocache: hint: did you mean --namespace?\n");
}

TEST_CASE("a wrong word of an option names the right ones") {
  const auto result = run_cli({"render", "x.yaml", "-o", "toml"});
  CHECK(result.exit_code == 2);
  CHECK(result.err.find("must be one of json|ndjson|yaml") != std::string::npos);
}

TEST_CASE("every command has help with a summary and examples") {
  for (const cli::Command& command : cli::commands()) {
    const std::string name(command.name);
    INFO(name);
    const auto result = run_cli({name, "--help"});
    CHECK(result.exit_code == 0);
    CHECK(result.err.empty());
    CHECK(result.out.find("Examples:") != std::string::npos);
    CHECK(result.out.find("autocache " + name) != std::string::npos);
    CHECK(run_cli({"help", name}).out == result.out);
  }
}

TEST_CASE("the version is printed by command and by option") {
  const auto result = run_cli({"version"});
  CHECK(result.exit_code == 0);
  CHECK(result.out.starts_with("autocache "));
  CHECK(run_cli({"--version"}).out == result.out);
  CHECK(run_cli({"version", "-o", "json"}).out.find("\"cache.autocache.io/v1alpha1\"") !=
        std::string::npos);
}

TEST_CASE(
    "completion offers commands, options, choices and fields, and nothing where a file is wanted") {
  CHECK(run_cli({"__complete", "ren"}).out == "render\tRender specs to Kubernetes manifests\n");
  CHECK(run_cli({"__complete", "render", "--output-d"}).out.starts_with("--output-dir\t"));
  CHECK(run_cli({"__complete", "render", "--output", ""}).out == "json\nndjson\nyaml\n");
  CHECK(run_cli({"__complete", "render", "ca"}).out.empty());
  CHECK(run_cli({"__complete", "explain", "spec.sto"}).out.starts_with("spec.storage\t"));
  CHECK(run_cli({"__complete", "explain", "spec.storage.siz"})
            .out.starts_with("spec.storage.size\t"));
  CHECK(run_cli({"__complete", "completion", ""}).out == "bash\nfish\nzsh\n");
}

TEST_CASE("each shell has its script") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto result = run_cli({"completion", shell});
    CHECK(result.exit_code == 0);
    CHECK(result.out.find("__complete") != std::string::npos);
  }
  CHECK(run_cli({"completion", "tcsh"}).exit_code == 2);
}

TEST_CASE("every command has a page in docs that names each of its options") {
  for (const cli::Command& command : cli::commands()) {
    const std::string name(command.name);
    std::ifstream file("docs/" + name + ".md");
    const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    INFO(name);
    CHECK(page.starts_with("# autocache " + name + "\n"));
    std::istringstream options(run_cli({name, std::string(cli::kListOptions)}).out);
    for (std::string line; std::getline(options, line);) {
      const std::string option = line.substr(0, line.find_first_of(",\t"));
      INFO(option);
      CHECK(page.find(option) != std::string::npos);
    }
  }
}
