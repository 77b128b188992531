#include "spec/starter.h"

#include "base/text.h"
#include "spec/codes.h"
#include "spec/formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace autocache::spec {
namespace {

constexpr std::size_t kWidth = 100;
constexpr int kShards = 3;
constexpr int kMostReplicas = 5;

std::string_view image_of(std::string_view engine) {
  if (engine == "redis") {
    return "redis:8.2";
  }
  return engine == "valkey" ? "valkey/valkey:9.0" : "autocache:latest";
}

const Schema* at(const Schema& root, std::string_view path) {
  const auto* node = &root;
  for (const auto part : split(path, '.')) {
    node = node->find(part)->schema;
  }
  return node;
}

/// Fields with what the schema says about them above.
class Writer {
 public:
  explicit Writer(const Schema& spec) : spec_(spec) {}

  /// A field below spec. An empty value opens an object.
  void field(std::string_view path, std::string_view value = {}) {
    const auto depth = static_cast<std::size_t>(std::count(path.begin(), path.end(), '.'));
    const auto& schema = *at(spec_, path);
    if (depth == 0) {
      text_ += '\n';
    }
    auto about = std::string(schema.description);
    if (!schema.enum_values.empty()) {
      about += " One of " +
               join(std::vector<std::string>(schema.enum_values.begin(), schema.enum_values.end()),
                    ", ") +
               ".";
    }
    comment(about, depth);
    line(fmt::format("{}:{}{}", path.substr(path.rfind('.') + 1), value.empty() ? "" : " ", value),
         depth);
  }

  /// A line as it is, at a depth below spec.
  void line(std::string_view text, std::size_t depth) {
    text_ += "  " + prefix_ + std::string(2 * depth, ' ') + std::string(text) + "\n";
  }

  /// What follows is commented out, for the reader to take.
  void suggest(std::string_view path) {
    text_ += '\n';
    comment(at(spec_, path)->description, 0);
    prefix_ = "# ";
    line(fmt::format("{}:", path), 0);
  }
  void suggest_field(std::string_view path, std::string_view value) {
    line(fmt::format("{}: {}", path.substr(path.rfind('.') + 1), value),
         static_cast<std::size_t>(std::count(path.begin(), path.end(), '.')));
  }
  void end_suggestion() { prefix_.clear(); }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void comment(std::string_view text, std::size_t depth) {
    const std::string indent = std::string(2 + 2 * depth, ' ') + "#";
    auto row = indent;
    for (const auto word : split(text, ' ')) {
      if (row.size() > indent.size() && row.size() + 1 + word.size() > kWidth) {
        text_ += row + "\n";
        row = indent;
      }
      row += " " + std::string(word);
    }
    text_ += row + "\n";
  }

  const Schema& spec_;
  std::string text_;
  std::string prefix_;
};

Diagnostics problems(const StarterOptions& options, const Schema& spec) {
  Diagnostics out;
  const auto add = [&out](std::string_view code, std::string message, std::string hint = {}) {
    out.push_back(error_at(code, {}, "", std::move(message), std::move(hint)));
  };
  const auto engines = at(spec, "engine")->enum_values;
  if (std::find(engines.begin(), engines.end(), options.engine) == engines.end()) {
    const auto near = closest(options.engine, engines);
    add(code::kEnum, fmt::format("unknown engine \"{}\"", options.engine),
        near ? fmt::format("did you mean \"{}\"?", *near) : "");
  }
  if (!is_dns_label(options.name) || options.name[0] < 'a') {
    add(code::kDnsName,
        fmt::format(
            "\"{}\" is no name for a cluster: lower-case letters, digits and -, first a letter",
            options.name));
  }
  if (options.replicas_per_shard < 0 || options.replicas_per_shard > kMostReplicas) {
    add(code::kRange, fmt::format("replicas per shard must be 0 to {}", kMostReplicas));
  } else if (options.replicas_per_shard > 0 && options.engine == "autocache") {
    add(code::kRange, "engine autocache has no replicas", "use engine redis or valkey");
  }
  return out;
}

}  // namespace

Result<std::string> starter(const StarterOptions& options) {
  const auto& kind = kinds().front();
  const auto& spec = *kind.root->find("spec")->schema;
  if (auto found = problems(options, spec); !found.empty()) {
    return tl::unexpected(std::move(found));
  }
  Writer out(spec);
  out.field("engine", options.engine);
  out.field("image", image_of(options.engine));
  out.field("replicas", std::to_string(kShards * (options.replicas_per_shard + 1)));
  if (options.replicas_per_shard > 0) {
    out.field("replicasPerShard", std::to_string(options.replicas_per_shard));
  }
  out.field("resources");
  out.line("requests:", 1);
  out.line("cpu: 500m", 2);
  out.line("memory: 1Gi", 2);
  out.line("limits:", 1);
  out.line("memory: 1Gi", 2);
  out.field("config");
  out.field("config.maxMemory", "700mb");
  out.field("config.maxMemoryPolicy", "noeviction");
  if (options.storage == StarterOptions::Storage::kPersistent) {
    out.field("storage");
    out.field("storage.enabled", "true");
    out.field("storage.size", "10Gi");
    out.field("storage.persistenceMode", options.engine == "autocache" ? "RDB" : "AOF");
  }
  if (options.engine != "autocache") {
    out.suggest("auth");
    out.suggest_field("auth.enabled", "true");
    out.suggest_field("auth.passwordSecret", options.name + "-password");
    out.end_suggestion();
  }
  return fmt::format(
      "# A cache cluster. `autocache explain spec` describes every field, `autocache validate` "
      "checks this file.\n"
      "apiVersion: {}/{}\nkind: {}\nmetadata:\n  name: {}\nspec:{}",
      kind.group, kind.version, kind.kind, options.name, out.take());
}

}  // namespace autocache::spec
