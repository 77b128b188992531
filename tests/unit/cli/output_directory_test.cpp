#include "cli/output_directory.h"

#include "support/catch.h"
#include "support/temporary_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

using namespace autocache;
using autocache::testing::TemporaryFolder;

namespace {

RenderedObject object(const std::string& kind,
                      const std::string& name,
                      const std::string& text,
                      const std::string& ns = "shop") {
  return {kind, ns, name, "", text};
}

std::vector<std::string> listing(const TemporaryFolder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("objects become files named by kind and name") {
  const TemporaryFolder folder;
  CHECK(cli::write_directory(
            folder.path().string(),
            {object("StatefulSet", "cache", "a\n"), object("Service", "cache", "b\n")}, ".yaml")
            .empty());
  CHECK(listing(folder) == std::vector<std::string>{".autocache-files", "service-cache.yaml",
                                                    "statefulset-cache.yaml"});
  CHECK(folder.read("statefulset-cache.yaml") == "a\n");
}

TEST_CASE("files of an earlier run go away, foreign and edited ones stay") {
  const TemporaryFolder folder;
  folder.write("mine.yaml", "mine");
  REQUIRE(cli::write_directory(
              folder.path().string(),
              {object("Job", "a", "a\n"), object("Job", "b", "b\n"), object("Job", "c", "c\n")},
              ".yaml")
              .empty());
  folder.write("job-b.yaml", "edited\n");
  const Diagnostics diagnostics =
      cli::write_directory(folder.path().string(), {object("Job", "c", "new\n")}, ".yaml");
  CHECK(listing(folder) ==
        std::vector<std::string>{".autocache-files", "job-b.yaml", "job-c.yaml", "mine.yaml"});
  CHECK(folder.read("job-c.yaml") == "new\n");
  REQUIRE(diagnostics.size() == 1);
  CHECK(format(diagnostics[0]) == folder / "job-b.yaml" +
                                      ": warning: no longer part of the output, but edited since "
                                      "autocache wrote it; kept [AC0404]\n"
                                      "      = hint: delete it if it is not needed\n");
}

TEST_CASE("the same name in two namespaces gets the namespace into the file name") {
  const TemporaryFolder folder;
  CHECK(cli::write_directory(folder.path().string(),
                             {object("Job", "a", "1\n", "x"), object("Job", "a", "2\n", "y")},
                             ".yaml")
            .empty());
  CHECK(listing(folder) ==
        std::vector<std::string>{".autocache-files", "job-x-a.yaml", "job-y-a.yaml"});
}

TEST_CASE("a clash of names writes nothing") {
  const TemporaryFolder folder;
  const Diagnostics diagnostics =
      cli::write_directory(folder.path().string(),
                           {object("Job", "a", "1\n", ""), object("Job", "a", "2\n", "")}, ".yaml");
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics[0].code == "AC0403");
  CHECK(listing(folder).empty());
}

TEST_CASE("an index that names files elsewhere removes nothing") {
  const TemporaryFolder folder;
  folder.write("precious", "a\n");
  folder.write("out/.autocache-files",
               "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7  ../precious\n");
  CHECK(cli::write_directory(folder / "out", {object("Job", "c", "new\n")}, ".yaml").empty());
  CHECK(folder.read("precious") == "a\n");
}

TEST_CASE("a folder that cannot be made is an error") {
  const TemporaryFolder folder;
  folder.write("file", "");
  const Diagnostics diagnostics =
      cli::write_directory(folder / "file/below", {object("Job", "c", "new\n")}, ".yaml");
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics[0].code == "AC0402");
}
