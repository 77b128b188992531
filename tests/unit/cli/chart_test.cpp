#include "cli/chart.h"

#include "support/catch.h"
#include "support/cli.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace autocache;
using autocache::testing::run_cli;
namespace fs = std::filesystem;

namespace {

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("what Helm would run is text in a chart") {
  CHECK(cli::escape_template("a: b\n") == "a: b\n");
  CHECK(cli::escape_template("a: \"{{ .Values.x }} {{{\"\n") ==
        "a: \"{{ \"{{\" }} .Values.x }} {{ \"{{\" }}{\"\n");
}

TEST_CASE("a chart holds the rendered manifests with Helm hooks") {
  std::string name = (fs::temp_directory_path() / "autocache-chart-XXXXXX").string();
  const fs::path folder = fs::path(mkdtemp(name.data())) / "shop-cache";
  const std::string spec =
      "apiVersion: cache.autocache.io/v1alpha1\nkind: AutoCache\nmetadata: {name: cache}\n"
      "spec: {engine: valkey, image: \"valkey/valkey:9.1\", podAnnotations: {note: \"{{x}}\"}}\n";
  const auto result = run_cli({"chart", "-", "--output-dir", folder.string()}, spec);
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.out.empty());
  CHECK(read(folder / "Chart.yaml").find("name: shop-cache\nversion: \"0.1.0\"") !=
        std::string::npos);
  CHECK(read(folder / "templates" / "statefulset-cache.yaml").find("{{ \"{{\" }}x}}") !=
        std::string::npos);
  CHECK(read(folder / "templates" / "job-cache-sync.yaml").find("post-install,post-upgrade") !=
        std::string::npos);
  CHECK(fs::exists(folder / "values.yaml"));

  const auto wrong = run_cli({"chart", "-", "--output-dir", (folder / "no").string()}, "a: [");
  CHECK(wrong.exit_code == 1);
  CHECK(!fs::exists(folder / "no"));
  fs::remove_all(folder.parent_path());
}
