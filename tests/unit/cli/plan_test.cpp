// The commands plan and diff, from arguments to exit code.

#include "cli/git.h"
#include "support/catch.h"
#include "support/cli.h"
#include "support/temporary_folder.h"

#include <cstdlib>

using namespace autocache;
using autocache::testing::CliResult;
using autocache::testing::run_cli;
using autocache::testing::TemporaryFolder;

namespace {

namespace fs = std::filesystem;

std::string spec(int replicas, const std::string& more = "") {
  return "apiVersion: cache.autocache.io/v1alpha1\nkind: AutoCache\nmetadata:\n  name: "
         "cache\nspec:\n  engine: redis\n  image: redis:7.0\n  replicas: " +
         std::to_string(replicas) + "\n  storage:\n    enabled: true\n" + more;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Works in a folder until the end of the scope.
class InFolder {
 public:
  explicit InFolder(const fs::path& path) : before_(fs::current_path()) { fs::current_path(path); }
  InFolder(const InFolder&) = delete;
  InFolder& operator=(const InFolder&) = delete;
  ~InFolder() { fs::current_path(before_); }

 private:
  fs::path before_;
};

void git(const std::string& arguments) {
  const std::string command =
      "git -c init.defaultBranch=main -c user.name=a -c user.email=a@example.com " + arguments +
      " >/dev/null 2>&1";
  REQUIRE(std::system(command.c_str()) == 0);
}

}  // namespace

TEST_CASE("plan exits 0, and with --detailed-exitcode 0, 1 or 2") {
  const TemporaryFolder folder;
  const std::string a = folder.write("a.yaml", spec(3));
  const std::string b = folder.write("b.yaml", spec(4));
  const std::string bad = folder.write("bad.yaml", spec(4, "  bad: 1\n"));
  for (const char* command : {"plan", "diff"}) {
    INFO(command);
    CHECK(run_cli({command, a, b}).exit_code == 0);
    CHECK(run_cli({command, a, a, "--detailed-exitcode"}).exit_code == 0);
    CHECK(run_cli({command, a, b, "--detailed-exitcode"}).exit_code == 2);
    CHECK(run_cli({command, a, bad}).exit_code == 1);
    CHECK(run_cli({command, a, bad, "--detailed-exitcode"}).exit_code == 1);
    CHECK(run_cli({command, a}).exit_code == 2);
    CHECK(run_cli({command, a, "--detailed-exitcode"}).exit_code == 1);
    CHECK(run_cli({command, a, bad}).out.empty());
  }
}

TEST_CASE("--max-impact exits 3 above the level, whatever else is asked for") {
  const TemporaryFolder folder;
  const std::string a = folder.write("a.yaml", spec(3));
  const std::string b = folder.write("b.yaml", spec(4));
  CHECK(run_cli({"plan", a, b, "--max-impact", "scale"}).exit_code == 0);
  CHECK(run_cli({"plan", a, b, "--max-impact", "scale", "--detailed-exitcode"}).exit_code == 2);
  CHECK(run_cli({"plan", a, b, "--max-impact", "data-loss"}).exit_code == 0);
  const CliResult above =
      run_cli({"plan", a, b, "--max-impact", "rolling-restart", "--detailed-exitcode"});
  CHECK(above.exit_code == 3);
  CHECK(contains(above.err, "the impact scale is higher than rolling-restart"));
  CHECK(contains(above.out, "Impact:"));
  CHECK(run_cli({"plan", a, b, "--max-impact", "high"}).exit_code == 2);
}

TEST_CASE("each form of the report is what it says") {
  const TemporaryFolder folder;
  const std::string a = folder.write("a.yaml", spec(3));
  const std::string b = folder.write("b.yaml", spec(4));
  const auto out = [&](const char* form) { return run_cli({"plan", a, b, "-o", form}).out; };
  CHECK(out("json").starts_with("{\n  \"formatVersion\": 1,"));
  CHECK(out("markdown").starts_with("### "));
  CHECK(out("html").starts_with("<!doctype html>"));
  CHECK(out("svg").starts_with("<svg "));
  CHECK(out("text") == run_cli({"plan", a, b}).out);
  CHECK(run_cli({"plan", a, b, "-o", "pdf"}).exit_code == 2);
  CHECK(contains(run_cli({"plan", a, b, "--color", "always"}).out, "\x1b["));
  CHECK(!contains(run_cli({"plan", a, b}).out, "\x1b["));
}

TEST_CASE("inputs are files, folders and stdin, one of them at most") {
  const TemporaryFolder folder;
  folder.write("old/a.yaml", spec(3));
  folder.write("old/below/other.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\n");
  folder.write("old/README.md", "# not a manifest\n");
  const std::string b = folder.write("b.yaml", spec(4));
  CHECK(contains(run_cli({"plan", folder / "old", b}).out, "spec.replicas"));
  CHECK(!contains(run_cli({"plan", folder / "old", b}).out, "Namespace/x"));
  CHECK(contains(run_cli({"plan", folder / "old", b, "-R"}).out, "Namespace/x"));
  const CliResult from_stdin = run_cli({"plan", "-", b}, spec(3));
  CHECK(from_stdin.exit_code == 0);
  CHECK(from_stdin.out.starts_with("<stdin> -> "));
  CHECK(run_cli({"plan", "-", "-"}, spec(3)).exit_code == 1);
  CHECK(contains(run_cli({"plan", "-", "-"}, spec(3)).err, "only one input can be stdin"));
  CHECK(contains(run_cli({"plan", folder / "none.yaml", b}).err, "none.yaml: error: "));
  CHECK(contains(run_cli({"plan", "-", b}, "").err, "<stdin> holds no object"));
  CHECK(run_cli({"plan", "-", b, "--allow-empty"}, "").exit_code == 0);
  CHECK(run_cli({"plan", "-", b, "--max-input-size", "10"}, spec(3)).exit_code == 1);
}

TEST_CASE("git revisions are inputs") {
  const TemporaryFolder folder;
  const InFolder here(folder.path());
  folder.write("clusters/a.yaml", spec(3));
  folder.write("clusters/sub/b.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\n");
  folder.write("clusters/text.yaml/notes.txt", "a folder with the name of a manifest");
  git("init");
  git("add .");
  git("commit --message one");
  folder.write("clusters/a.yaml", spec(4));

  const CliResult result = run_cli({"plan", "git:HEAD:clusters", "clusters"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(contains(result.out, "spec.replicas 3 -> 4"));
  CHECK(contains(run_cli({"plan", "git:HEAD:clusters/a.yaml", "clusters/a.yaml"}).out, "3 -> 4"));
  CHECK(run_cli({"plan", "git:main:clusters/", "git:HEAD:clusters", "--detailed-exitcode"})
            .exit_code == 0);
  CHECK(contains(run_cli({"plan", "git:HEAD:", "clusters", "-R"}).out, "3 -> 4"));
  {
    const InFolder below(folder.path() / "clusters");
    CHECK(contains(run_cli({"diff", "git:HEAD:.", "."}).out, "3 -> 4"));
    CHECK(contains(run_cli({"diff", "git:HEAD:./a.yaml", "a.yaml"}).out, "3 -> 4"));
  }

  const auto error = [&](const char* input) {
    const CliResult wrong = run_cli({"plan", input, "clusters"});
    CHECK(wrong.exit_code == 1);
    CHECK(wrong.out.empty());
    return wrong.err;
  };
  CHECK(error("git:nope:clusters")
            .starts_with("git:nope:clusters: error: there is no git revision \"nope\" here"));
  CHECK(error("git:HEAD:nope")
            .starts_with("git:HEAD:nope: error: there is no \"nope\" in revision HEAD"));
  CHECK(error("git::clusters").starts_with("git::clusters: error: \"\" is not a git revision"));
  CHECK(error("git:--help:clusters")
            .starts_with("git:--help:clusters: error: \"--help\" is not a git revision"));
  CHECK(contains(error("git:HEAD:clusters/text.yaml"), "the folder holds no .yaml"));
  CHECK(error("git:HEAD").starts_with("git:HEAD: error: a path is missing: git:REVISION:PATH"));
  const TemporaryFolder elsewhere;
  const InFolder there(elsewhere.path());
  CHECK(error("git:HEAD:clusters")
            .starts_with("git:HEAD:clusters: error: the working directory is in no git"));
}

TEST_CASE("an error in a git revision names revision, file and line") {
  const TemporaryFolder folder;
  const InFolder here(folder.path());
  folder.write("a.yaml", spec(3, "  bad: 1\n"));
  git("init");
  git("add .");
  git("commit --message one");
  const std::string good = folder.write("good.yaml", spec(3));
  CHECK(contains(run_cli({"plan", "git:HEAD:a.yaml", good}).err,
                 "git:HEAD:a.yaml:11:3: error: /spec/bad"));
}

TEST_CASE("--out writes the steps into a folder that is empty or not there yet") {
  const TemporaryFolder folder;
  const std::string a = folder.write("a.yaml", spec(4));
  const std::string b = folder.write("b.yaml", spec(3));
  const std::string steps = folder / "steps";
  REQUIRE(run_cli({"plan", a, b, "--out", steps}).exit_code == 0);
  for (const char* name : {"RUNBOOK.md", "1-gate/02-job-cache-gate.yaml",
                           "2-apply/01-statefulset-cache.yaml", "3-sync/02-job-cache-sync.yaml"}) {
    INFO(name);
    CHECK(fs::is_regular_file(fs::path(steps) / name));
  }
  const CliResult again = run_cli({"plan", a, b, "--out", steps});
  CHECK(again.exit_code == 1);
  CHECK(contains(again.err, "is not empty"));
  CHECK(again.out.empty());
  const CliResult file = run_cli({"plan", a, b, "--out", a});
  CHECK(file.exit_code == 1);
  CHECK(contains(file.err, "is not a folder"));
  CHECK(folder.read("a.yaml") == spec(4));
  fs::create_directory(folder.path() / "empty");
  CHECK(run_cli({"plan", a, b, "--out", folder / "empty"}).exit_code == 0);
}

TEST_CASE("--rules prints the table without inputs and takes none") {
  const CliResult rules = run_cli({"plan", "--rules"});
  CHECK(rules.exit_code == 0);
  CHECK(contains(rules.out, "| sts.replicas-up | scale |"));
  CHECK(run_cli({"plan", "--color", "never", "--rules"}).out == rules.out);
  CHECK(run_cli({"plan", "--rules", "a.yaml", "b.yaml"}).exit_code == 2);
}

TEST_CASE("--kube-version decides which rules hold") {
  const TemporaryFolder folder;
  const std::string set =
      "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: a\nspec:\n  selector: {}\n  "
      "template: {spec: {containers: [{name: a, image: a}]}}\n  revisionHistoryLimit: ";
  const std::string a = folder.write("a.yaml", set + "5\n");
  const std::string b = folder.write("b.yaml", set + "6\n");
  CHECK(contains(run_cli({"plan", a, b}).out, "Impact:  in-place"));
  CHECK(contains(run_cli({"plan", a, b, "--kube-version", "1.31"}).out, "Impact:  recreate"));
  CHECK(run_cli({"plan", a, b, "--kube-version", "new"}).exit_code == 2);
}

TEST_CASE("--current, --keys, --bytes and --rate-limit make the estimate") {
  const TemporaryFolder folder;
  const std::string a = folder.write("a.yaml", spec(2));
  const std::string b = folder.write("b.yaml", spec(3));
  const std::string nodes = folder.write("nodes.txt",
                                         "a 10.0.0.1:6379@16379,cache-0.x master - 0 0 1 connected "
                                         "0-99\nb 10.0.0.2:6379@16379,cache-1.x myself,master - 0 "
                                         "0 2 connected 100-16383\n");
  const CliResult result = run_cli({"plan", a, b, "--current", nodes, "--keys", "1000000",
                                    "--bytes", "3Gi", "--rate-limit", "10"});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  CHECK(contains(result.out, "10822 slots move (66.1%)"));
  CHECK(contains(result.out, "at least 4 min"));
  CHECK(contains(result.out, "read from CLUSTER NODES"));
  CHECK(run_cli({"plan", a, b, "--bytes", "many"}).exit_code == 2);
  CHECK(run_cli({"plan", a, b, "--keys", "-1"}).exit_code == 2);
  const CliResult wrong = run_cli({"plan", a, b, "--current", a});
  CHECK(wrong.exit_code == 1);
  CHECK(contains(wrong.err, "a.yaml:1:1: error: this is not a line of CLUSTER NODES"));
}

TEST_CASE("diff shows fields and nothing else") {
  const TemporaryFolder folder;
  const std::string a = folder.write("a.yaml", spec(3));
  const std::string b = folder.write("b.yaml", spec(4));
  const CliResult result = run_cli({"diff", a, b});
  CHECK(contains(result.out, "  ~ spec.replicas 3 -> 4\n"));
  CHECK(!contains(result.out, "Impact"));
  CHECK(!contains(result.out, "Steps"));
  CHECK(run_cli({"diff", a, a}).out.empty());
}
