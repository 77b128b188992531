#include "base/json.h"
#include "cli/argocd_parameters.h"
#include "cli/run.h"
#include "support/catch.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

using namespace autocache;
namespace fs = std::filesystem;

namespace {

constexpr const char* kSpec =
    "apiVersion: cache.autocache.io/v1alpha1\n"
    "kind: AutoCache\n"
    "metadata:\n"
    "  name: cache\n"
    "spec:\n"
    "  engine: valkey\n"
    "  image: valkey/valkey:9.1\n"
    "  replicas: 4\n";

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

/// A repository with one application's folder, which is the working directory while this lives.
class Application {
 public:
  explicit Application(const std::string& source_path = "apps/shop") : before_(fs::current_path()) {
    std::string name = (fs::temp_directory_path() / "autocache-argocd-XXXXXX").string();
    root_ = mkdtemp(name.data());
    folder_ = root_ / source_path;
    fs::create_directories(folder_);
    fs::current_path(folder_);
    environment["ARGOCD_APP_SOURCE_PATH"] = source_path;
  }
  ~Application() {
    fs::current_path(before_);
    fs::remove_all(root_);
  }
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << text;
  }

  Outcome run(const std::string& command) const {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    cli::Io io{in, out, err};
    io.environment = [this](const char* name) -> const char* {
      const auto found = environment.find(name);
      return found == environment.end() ? nullptr : found->second.c_str();
    };
    const cli::ExitCode code = cli::run({"argocd", command}, io);
    return {static_cast<int>(code), out.str(), err.str()};
  }

  std::map<std::string, std::string> environment;

 private:
  fs::path before_;
  fs::path root_;
  fs::path folder_;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const Json* find(const Json& list, const std::string& name) {
  for (const Json& entry : list) {
    if (entry["name"] == name) return &entry;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("absent, empty and null parameters are no parameters") {
  for (const char* text : {"", " ", "null", "[]"}) {
    const auto parsed = cli::parse_parameters(text);
    REQUIRE(parsed.has_value());
    CHECK(parsed->files.empty());
    CHECK(parsed->set.empty());
    CHECK(parsed->set_string.empty());
  }
}

TEST_CASE("the schema decides whether a parameter's text is text or a value") {
  const auto parsed = cli::parse_parameters(
      R"([{"name":"set","map":{"spec.replicas":"6","spec.engineVersion":"8.0","spec.config.custom.hz":"20"}},
          {"name":"spec.storage.enabled","string":"true"},{"name":"spec.storage.size","string":"5Gi"}])");
  REQUIRE(parsed.has_value());
  const auto all = [](const std::vector<std::string>& list) {
    std::string text;
    for (const std::string& entry : list) text += entry + " ";
    return text;
  };
  CHECK(all(parsed->set) == "spec.replicas=6 spec.storage.enabled=true ");
  CHECK(all(parsed->set_string) ==
        "spec.engineVersion=8.0 spec.config.custom.hz=20 spec.storage.size=5Gi ");
}

TEST_CASE("wrong parameters are named, all at once") {
  const auto parsed = cli::parse_parameters(
      R"([{"name":"fiels","array":[]},{"name":"files","string":"a"},{"name":"set","map":{"spec.replica":"1"}},
          {"name":"include-crds","string":"yes"},{"name":"values","array":[1]},{}])");
  REQUIRE(!parsed.has_value());
  std::string text;
  for (const Diagnostic& diagnostic : parsed.error()) text += format(diagnostic);
  CHECK(parsed.error().size() == 6);
  CHECK(contains(text, "ARGOCD_APP_PARAMETERS: error: unknown parameter fiels"));
  CHECK(contains(text, "did you mean \"files\"?"));
  CHECK(contains(text, "parameter files must be an array"));
  CHECK(contains(text, "no field spec.replica"));
  CHECK(contains(text, "parameter include-crds must be true or false, not yes"));
  CHECK(contains(text, "parameter values must hold strings"));
  CHECK(contains(text, "a parameter has no name"));
  CHECK(!cli::parse_parameters("{\"name\": 1}").has_value());
  CHECK(!cli::parse_parameters("[").has_value());
}

TEST_CASE("generate renders the folder's specs and passes other documents through") {
  const Application application;
  application.write("cache.yaml", kSpec);
  application.write("other.yaml",
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {a: 'yes'}\n");
  application.write("below/not-read.yaml", "nonsense");
  application.write("Chart.yaml", "apiVersion: v2\nname: no-manifest\n");
  const Outcome outcome = application.run("generate");
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.out, "kind: StatefulSet"));
  CHECK(contains(outcome.out, "a: \"yes\""));
  CHECK(contains(outcome.out, "name: cache-gate"));
  CHECK(!contains(outcome.out, "no-manifest"));
}

TEST_CASE("generate takes parameters from the Application") {
  Application application;
  application.write("specs/cache.yaml", kSpec);
  application.write("overlays/large.yaml", "spec: {replicas: 9}\n");
  application.write("broken.yaml", "{");
  application.environment["ARGOCD_APP_PARAMETERS"] =
      R"([{"array":["specs/*.yaml"],"name":"files"},{"array":["overlays/large.yaml"],"name":"values"},
          {"map":{"spec.port":"7000"},"name":"set"}])";
  const Outcome outcome = application.run("generate");
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.out, "replicas: 9"));
  CHECK(contains(outcome.out, "containerPort: 7000"));
}

TEST_CASE("a bad spec fails, names its place in the repository and prints nothing") {
  const Application application;
  application.write("cache.yaml", std::string(kSpec) + "  shard: 3\n");
  const Outcome outcome = application.run("generate");
  CHECK(outcome.code == 1);
  CHECK(outcome.out.empty());
  CHECK(contains(outcome.err, "apps/shop/cache.yaml:9:3: error: /spec/shard: unknown field"));
}

TEST_CASE("an empty output fails, because Argo CD would delete the application") {
  const Application application;
  CHECK(application.run("generate").code == 1);
  application.write("empty.yaml", "# nothing\n");
  const Outcome outcome = application.run("generate");
  CHECK(outcome.code == 1);
  CHECK(outcome.out.empty());
  CHECK(contains(outcome.err, "nothing to render"));
}

TEST_CASE("a document that is no Kubernetes object is an error, not a manifest") {
  const Application application;
  application.write("cache.yaml", kSpec);
  application.write("values.yaml", "replicas: 3\n");
  const Outcome outcome = application.run("generate");
  CHECK(outcome.code == 1);
  CHECK(outcome.out.empty());
  CHECK(contains(outcome.err, "apps/shop/values.yaml:1:1: error:"));
}

TEST_CASE("no parameter reads a file outside of the repository") {
  Application application;
  application.write("cache.yaml", kSpec);
  application.write("../../shared.yaml", kSpec);
  const auto read = [&](const std::string& path) {
    application.environment["ARGOCD_APP_PARAMETERS"] =
        Json::array({{{"name", "files"}, {"array", {path}}}}).dump();
    return application.run("generate").code;
  };
  CHECK(read("../../shared.yaml") == 0);
  CHECK(read("../../../../etc/hostname") == 1);
  CHECK(read("/etc/hostname") == 1);
  CHECK(read("-") == 1);
  fs::create_symlink("/etc/hostname", "link.yaml");
  CHECK(read("link.yaml") == 1);
  CHECK(read("l*.yaml") == 1);
}

TEST_CASE("the environment replaces the registry of the hook image") {
  Application application;
  application.write("cache.yaml", kSpec);
  application.environment["AUTOCACHE_IMAGE_REGISTRY"] = "mirror.example.com";
  CHECK(contains(application.run("generate").out, "image: mirror.example.com/"));
  application.environment["ARGOCD_ENV_AUTOCACHE_IMAGE_REGISTRY"] = "own.example.com";
  CHECK(contains(application.run("generate").out, "image: own.example.com/"));
}

TEST_CASE("a cluster that would drop fields is warned about") {
  Application application;
  application.write("cache.yaml", kSpec);
  application.environment["KUBE_VERSION"] = "1.26.3";
  CHECK(contains(application.run("generate").err, "Kubernetes 1.26.3 is older than 1.27"));
  application.environment["KUBE_VERSION"] = "1.34.4";
  CHECK(application.run("generate").err.empty());
}

TEST_CASE("announcements are strings, come from the schema and show what the spec says") {
  const Application application;
  application.write("cache.yaml", kSpec);
  const Outcome outcome = application.run("parameters");
  CHECK(outcome.code == 0);
  const Json list = Json::parse(outcome.out);
  const Json* replicas = find(list, "spec.replicas");
  REQUIRE(replicas != nullptr);
  CHECK((*replicas)["string"] == "4");
  CHECK((*replicas)["itemType"] == "number");
  REQUIRE(find(list, "spec.storage.enabled") != nullptr);
  CHECK((*find(list, "spec.storage.enabled"))["string"] == "false");
  CHECK((*find(list, "files"))["collectionType"] == "array");
  CHECK((*find(list, "set"))["collectionType"] == "map");
  for (const Json& entry : list) {
    for (const char* key : {"name", "title", "tooltip"}) CHECK(entry[key].is_string());
    if (entry.contains("string")) CHECK(entry["string"].is_string());
  }
}

TEST_CASE("every announced parameter is one that generate takes") {
  const Application application;
  for (const Json& entry : Json::parse(application.run("parameters").out)) {
    Json parameter = entry;
    if (!parameter.contains("string") && !parameter.contains("collectionType"))
      parameter["string"] = "x";
    INFO(entry["name"]);
    CHECK(cli::parse_parameters(Json::array({parameter}).dump()).has_value());
  }
}

TEST_CASE("the parameters tab survives a broken spec") {
  const Application application;
  application.write("cache.yaml", "spec: {\n");
  const Outcome outcome = application.run("parameters");
  CHECK(outcome.code == 0);
  CHECK((*find(Json::parse(outcome.out), "spec.replicas"))["string"] == "3");
}

TEST_CASE("discover finds specs, broken ones too, from the application or from the root") {
  const Application application;
  application.write("cache.yaml", std::string(kSpec) + "{");
  application.write("other.yaml", "kind: ConfigMap\n");
  CHECK(application.run("discover").out == "cache.yaml\n");
  fs::current_path("../..");
  CHECK(application.run("discover").out == "apps/shop/cache.yaml\n");
}

TEST_CASE("discover leaves folders without specs, and those of kustomize and Helm, to others") {
  const Application application;
  application.write("other.yaml", "kind: ConfigMap\n");
  Outcome outcome = application.run("discover");
  CHECK(outcome.code == 0);
  CHECK(outcome.out.empty());
  application.write("cache.yaml", kSpec);
  application.write("kustomization.yaml", "resources: [cache.yaml]\n");
  outcome = application.run("discover");
  CHECK(outcome.code == 0);
  CHECK(outcome.out.empty());
}
