#include "cli/inputs.h"

#include "support/catch.h"
#include "support/temporary_folder.h"

#include <sstream>

using namespace autocache;
using autocache::testing::TemporaryFolder;

namespace {

std::vector<std::string> names(const std::vector<std::string>& paths,
                               bool recursive,
                               Diagnostics& diagnostics) {
  std::istringstream in("stdin text");
  std::ostringstream out;
  cli::Io io{in, out, out};
  std::vector<std::string> found;
  for (const NamedText& text : cli::read_files(paths, recursive, 1000, io, diagnostics))
    found.push_back(text.name);
  return found;
}

}  // namespace

TEST_CASE("a folder gives its spec files in byte order, with -R those below it too") {
  const TemporaryFolder folder;
  folder.write("b.yaml", "b");
  folder.write("B.yml", "B");
  folder.write("a.json", "a");
  folder.write("notes.txt", "no");
  folder.write("sub/c.yaml", "c");
  Diagnostics diagnostics;
  CHECK(names({folder.path().string()}, false, diagnostics) ==
        std::vector<std::string>{folder / "B.yml", folder / "a.json", folder / "b.yaml"});
  CHECK(names({folder.path().string()}, true, diagnostics).size() == 4);
  CHECK(diagnostics.empty());
}

TEST_CASE("globs are expanded, stdin is a dash, a file named twice is read once") {
  const TemporaryFolder folder;
  folder.write("a.yaml", "a");
  folder.write("b.yaml", "b");
  Diagnostics diagnostics;
  CHECK(names({folder / "*.yaml", "-", folder / "./a.yaml"}, false, diagnostics) ==
        std::vector<std::string>{folder / "a.yaml", folder / "b.yaml", "<stdin>"});
  CHECK(diagnostics.empty());
}

TEST_CASE("everything that cannot be read is reported at once") {
  const TemporaryFolder folder;
  Diagnostics diagnostics;
  CHECK(names({folder / "missing.yaml", folder / "*.json", folder.path().string()}, false,
              diagnostics)
            .empty());
  REQUIRE(diagnostics.size() == 3);
  CHECK(format(diagnostics[0]) ==
        folder / "*.json" + ": error: cannot read: no file matches this pattern [AC0401]\n");
  CHECK(diagnostics[1].message == "cannot read: no *.yaml, *.yml or *.json file in this folder");
  CHECK(diagnostics[2].message == "cannot read: No such file or directory");
}

TEST_CASE("of a text over the limit one byte more is read") {
  const TemporaryFolder folder;
  const std::string file = folder.write("big.yaml", std::string(5000, 'x'));
  std::istringstream in;
  std::ostringstream out;
  cli::Io io{in, out, out};
  Diagnostics diagnostics;
  const auto texts = cli::read_files({file}, false, 1000, io, diagnostics);
  REQUIRE(texts.size() == 1);
  CHECK(texts[0].text.size() == 1001);
}
