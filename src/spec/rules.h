#pragma once

// The rules between fields of an AutoCache spec: what no schema of one field can say. They work on
// a spec whose fields are valid one by one; a field that is not is absent here, and rules that need
// it stay silent.

#include "base/diagnostic.h"
#include "base/json_fwd.h"
#include "directives/directives.h"
#include "spec/load.h"

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace autocache::spec {

/// What the rules of one resource share: its values, and a way to report.
class RuleContext {
 public:
  /// `broken` holds the pointers that have been reported already; nothing more is said about them.
  RuleContext(const Resource& resource, std::span<const std::string> broken, Diagnostics& out);

  void error(std::string_view code,
             const std::string& pointer,
             std::string message,
             std::string hint = {}) const;
  void warning(std::string_view code,
               const std::string& pointer,
               std::string message,
               std::string hint = {}) const;

  [[nodiscard]] const Json& spec() const { return spec_; }
  /// What the user wrote, without defaults.
  [[nodiscard]] const Json& written() const { return written_; }
  [[nodiscard]] const std::string& name() const { return resource_.name; }
  /// True if the value at `pointer`, something in it or something around it is broken.
  [[nodiscard]] bool is_broken(std::string_view pointer) const;

 private:
  const Resource& resource_;
  const Json& spec_;
  const Json& written_;
  std::span<const std::string> broken_;
  Diagnostics& out_;
};

/// The server of a spec. The version is the given one, else that of the image's tag, else the
/// newest that we know.
struct Server {
  directives::Engine engine = directives::Engine::kAutocache;
  directives::Version version;
  bool version_known = false;
};

Server server_of(const Json& spec);

/// Nodes of a spec by shards; nothing if they do not divide, or a number is missing.
struct Shards {
  std::int64_t count = 0;
  std::int64_t nodes_each = 0;
};
std::optional<Shards> shards_of(const Json& spec);

// One function a topic, each in its own file.
void check_names(const RuleContext& context);
void check_ports(const RuleContext& context);
void check_memory(const RuleContext& context);
void check_config(const RuleContext& context);
void check_engine(const RuleContext& context);
void check_shards(const RuleContext& context);
void check_slot_plan(const RuleContext& context);
void check_storage(const RuleContext& context);
void check_tiers(const RuleContext& context);
void check_pod(const RuleContext& context);
void check_service(const RuleContext& context);

/// All of the above.
void check_rules(const Resource& resource, std::span<const std::string> broken, Diagnostics& out);

/// The names that a resource gives to objects of its own.
struct NameClaim {
  std::string name_space;
  std::string name;
  Position at;              ///< of the name
  std::int64_t shards = 0;  ///< StatefulSets `<name>-<shard>`; 0 if there is only `<name>`
};
NameClaim name_claim(const Resource& resource);

/// Names that two resources would both give to objects of theirs.
void check_name_clashes(std::span<const NameClaim> claims, Diagnostics& out);

}  // namespace autocache::spec
