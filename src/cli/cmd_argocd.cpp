#include "base/json.h"
#include "base/text.h"
#include "cli/argocd_parameters.h"
#include "cli/arguments.h"
#include "cli/codes.h"
#include "cli/inputs.h"
#include "spec/load.h"
#include "yaml/reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <ostream>

namespace autocache::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = std::size_t{16} * 1024 * 1024;
/// Releases before this one drop fields that we render (persistentVolumeClaimRetentionPolicy).
constexpr int kOldestKubernetesMinor = 27;

std::string environment(const Io& io, const char* name) {
  const char* value = io.environment(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// What an Application says in `plugin.env`, or else the sidecar's own environment.
std::string setting(const Io& io, const std::string& name) {
  std::string value = environment(io, ("ARGOCD_ENV_" + name).c_str());
  return value.empty() ? environment(io, name.c_str()) : value;
}

/// Files that tell other tools how to render a folder and are no manifests.
bool is_foreign(const std::string& path) {
  constexpr std::array<std::string_view, 4> kNames = {"kustomization.yaml", "kustomization.yml",
                                                      "Chart.yaml", "plugin.yaml"};
  const std::string name = fs::path(path).filename().string();
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

Diagnostic file_problem(const std::string& file, std::string message, std::string hint = {}) {
  Diagnostic diagnostic;
  diagnostic.code = kCannotRead;
  diagnostic.at.file = file;
  diagnostic.message = std::move(message);
  diagnostic.hint = std::move(hint);
  return diagnostic;
}

/// Keeps what an Application names inside its repository: the sidecar's other files belong to
/// others. The repository's root lies as far up as ARGOCD_APP_SOURCE_PATH goes down.
class Fence {
 public:
  explicit Fence(const fs::path& source_path) : root_(fs::current_path()) {
    for (const fs::path& part : source_path.lexically_normal()) {
      if (!part.empty() && part != "." && part != "..") root_ = root_.parent_path();
    }
    std::error_code error;
    root_ = fs::weakly_canonical(root_, error);
  }

  [[nodiscard]] bool contains(const fs::path& path) const {
    std::error_code error;
    const fs::path real = fs::weakly_canonical(fs::absolute(path), error);
    return !error &&
           std::mismatch(root_.begin(), root_.end(), real.begin(), real.end()).first == root_.end();
  }

 private:
  fs::path root_;
};

class Reader {
 public:
  Reader(Io& io, Diagnostics& diagnostics)
      : io_(io),
        diagnostics_(diagnostics),
        source_path_(environment(io, "ARGOCD_APP_SOURCE_PATH")),
        fence_(source_path_) {}

  /// The texts at `paths`, named by their place in the repository.
  std::vector<NamedText> read(const std::vector<std::string>& paths) {
    std::vector<std::string> inside;
    for (const std::string& path : paths) {
      if (path.empty() || path == "-" || fs::path(path).is_absolute() || !fence_.contains(path)) {
        diagnostics_.push_back(file_problem(path, "not a path inside the repository"));
      } else {
        inside.push_back(path);
      }
    }
    std::vector<NamedText> texts = read_files(inside, false, kMaxBytes, io_, diagnostics_);
    std::erase_if(texts, [&](const NamedText& text) {
      if (fence_.contains(text.name)) return false;
      diagnostics_.push_back(file_problem(text.name, "leads out of the repository"));
      return true;
    });
    for (NamedText& text : texts)
      text.name = (fs::path(source_path_) / text.name).lexically_normal().string();
    return texts;
  }

  /// The texts of the working directory that can hold manifests.
  std::vector<NamedText> read_folder() {
    Diagnostics found;
    std::vector<NamedText> texts = read_files({"."}, false, kMaxBytes, io_, found);
    std::erase_if(texts, [](const NamedText& text) { return is_foreign(text.name); });
    if (texts.empty()) {
      diagnostics_.push_back(file_problem(source_path_.empty() ? "." : source_path_,
                                          "no *.yaml, *.yml or *.json file in this folder"));
    }
    std::erase_if(texts, [&](const NamedText& text) { return !fence_.contains(text.name); });
    for (NamedText& text : texts)
      text.name = (fs::path(source_path_) / text.name).lexically_normal().string();
    return texts;
  }

 private:
  Io& io_;
  Diagnostics& diagnostics_;
  std::string source_path_;
  Fence fence_;
};

void check_kubernetes(const std::string& version, Io& io) {
  const std::size_t dot = version.find('.');
  if (dot == std::string::npos) return;
  int minor = 0;
  const std::string_view text = std::string_view(version).substr(dot + 1);
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), minor);
  if (parsed.ec != std::errc() || minor >= kOldestKubernetesMinor) return;
  io.err << "autocache: warning: Kubernetes " << version << " is older than 1."
         << kOldestKubernetesMinor
         << ", the oldest that keeps every field of the manifests: expect drift\n";
}

ExitCode run_generate(const Arguments& arguments, Io& io) {
  Parser parser("argocd generate",
                "Render the specs of the working directory for Argo CD; other documents pass "
                "through",
                "  autocache argocd generate\n"
                "  ARGOCD_APP_PARAMETERS='[{\"name\":\"set\",\"map\":{\"spec.replicas\":\"6\"}}]' "
                "autocache argocd generate\n");
  RenderRequest request;
  request.hooks = HookProfile::kArgocd;
  request.others = OtherDocuments::kPassThrough;
  bool strict = false;
  request.image_registry = setting(io, "AUTOCACHE_IMAGE_REGISTRY");
  parser.app()
      .add_option("--image-registry", request.image_registry,
                  "Registry host of the hook image [$AUTOCACHE_IMAGE_REGISTRY]")
      ->type_name("HOST");
  parser.app().add_flag("--allow-empty", request.allow_empty,
                        "Accept a folder without any document; Argo CD then deletes what it made");
  parser.app().add_flag("--strict", strict, "Warnings fail too");
  if (const auto code = parser.parse(arguments, io)) return *code;

  Diagnostics diagnostics;
  Reader reader(io, diagnostics);
  const Result<PluginParameters> parameters =
      parse_parameters(environment(io, "ARGOCD_APP_PARAMETERS"));
  if (parameters) {
    request.input.files =
        parameters->files.empty() ? reader.read_folder() : reader.read(parameters->files);
    request.input.values = reader.read(parameters->values);
    request.input.set = parameters->set;
    request.input.set_string = parameters->set_string;
    request.include_crds = parameters->include_crds;
    request.include_resource = parameters->include_resource;
  } else {
    diagnostics = parameters.error();
  }
  check_kubernetes(environment(io, "KUBE_VERSION"), io);

  RenderResult result;
  if (!has_errors(diagnostics)) result = render_specs(request);
  diagnostics.insert(diagnostics.end(), result.diagnostics.begin(), result.diagnostics.end());
  print_diagnostics(io, diagnostics, ColourMode::kNever);
  if (has_errors(diagnostics) || (strict && !diagnostics.empty())) return ExitCode::kInput;
  io.out << to_stream(result.objects, OutputFormat::kYaml);
  return ExitCode::kOk;
}

ExitCode run_parameters(const Arguments& arguments, Io& io) {
  Parser parser("argocd parameters", "Announce the parameters of an application, as JSON",
                "  autocache argocd parameters\n");
  if (const auto code = parser.parse(arguments, io)) return *code;

  // A spec that cannot be read must not take the form away in which it is repaired.
  Diagnostics ignored;
  std::vector<yaml::Document> documents;
  for (const NamedText& text : Reader(io, ignored).read_folder()) {
    yaml::ReadResult read = yaml::read(make_source(text.name, text.text));
    for (yaml::Document& document : read.documents) documents.push_back(std::move(document));
  }
  const spec::LoadResult loaded = spec::load(documents);
  const Json* resource = loaded.resources.size() == 1 ? &loaded.resources.front().object : nullptr;
  io.out << announcements(resource).dump() << '\n';
  return ExitCode::kOk;
}

/// The specs among the files of a folder, by a look at their text: a spec that does not parse is
/// ours too, and its error must be seen.
std::vector<std::string> find_specs(const fs::path& folder, Io& io) {
  std::error_code error;
  std::vector<std::string> found;
  for (const char* name :
       {"kustomization.yaml", "kustomization.yml", "Kustomization", "Chart.yaml"}) {
    if (fs::exists(folder / name, error)) return found;
  }
  Diagnostics ignored;
  for (const NamedText& text : read_files({folder.string()}, false, kMaxBytes, io, ignored)) {
    for (const spec::KindSchema& kind : spec::kinds()) {
      if (text.text.find(std::string(kind.group) + "/") != std::string::npos &&
          text.text.find(kind.kind) != std::string::npos) {
        found.push_back(fs::path(text.name).lexically_normal().string());
        break;
      }
    }
  }
  return found;
}

ExitCode run_discover(const Arguments& arguments, Io& io) {
  Parser parser("argocd discover",
                "List the specs of the working directory; nothing where kustomize or Helm renders",
                "  autocache argocd discover\n");
  if (const auto code = parser.parse(arguments, io)) return *code;

  // Argo CD's documentation says that this runs in the repository's root, its code runs it in the
  // application's folder.
  std::vector<std::string> specs = find_specs(".", io);
  const std::string source_path = environment(io, "ARGOCD_APP_SOURCE_PATH");
  std::error_code error;
  if (specs.empty() && !source_path.empty() && fs::path(source_path).is_relative() &&
      fs::is_directory(source_path, error)) {
    specs = find_specs(source_path, io);
  }
  for (const std::string& spec : specs) io.out << spec << '\n';
  return ExitCode::kOk;
}

constexpr std::array kSubcommands = {
    Command{"generate", "Render the specs of the working directory", run_generate},
    Command{"parameters", "Announce the parameters of an application", run_parameters},
    Command{"discover", "List the specs of the working directory", run_discover},
};

}  // namespace

ExitCode run_argocd(const Arguments& arguments, Io& io) {
  std::string examples = "  autocache argocd generate\n  autocache argocd discover\n\nCommands:\n";
  std::vector<std::string_view> names;
  for (const Command& command : kSubcommands) {
    if (!arguments.empty() && arguments.front() == command.name)
      return command.run({arguments.begin() + 1, arguments.end()}, io);
    names.push_back(command.name);
    examples += "  " + std::string(command.name) + std::string(13 - command.name.size(), ' ') +
                std::string(command.summary) + "\n";
  }
  Parser parser("argocd", "The commands of the Argo CD plugin", examples);
  std::string word;
  parser.app().add_option("COMMAND", word, "generate, parameters or discover")->type_name("");
  if (const auto code = parser.parse(arguments, io)) return *code;
  const auto near = closest(word, names);
  print_error(
      io, word.empty() ? "argocd needs a command" : "unknown command argocd " + word,
      near ? "did you mean '" + std::string(*near) + "'?" : "run 'autocache argocd --help'");
  return ExitCode::kUsage;
}

}  // namespace autocache::cli
