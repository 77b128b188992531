#include "base/memory_size.h"
#include "directives/goes_back.h"
#include "plan/conditions.h"
#include "plan/json_tools.h"
#include "plan/rules.h"

#include <algorithm>

namespace autocache::plan {
namespace {

using directives::Class;
using directives::Directive;
using directives::Tie;

const Directive* known(const Match& m) {
  return m.new_directive != nullptr ? m.new_directive : m.old_directive;
}

bool is_name(const Match& m, std::string_view name) {
  return known(m) != nullptr && known(m)->name == name;
}

bool is_class(const Match& m, Class cls) {
  return known(m) != nullptr && known(m)->cls == cls;
}

bool is_tie(const Match& m, Tie tie) {
  return known(m) != nullptr && known(m)->tie == tie;
}

bool of_autocache(const Match& m) {
  return known(m) == nullptr && m.new_cache != nullptr &&
         m.new_cache->engine == directives::Engine::kAutocache;
}

bool of_module(const Match& m) {
  return known(m) == nullptr && m.path.back().find('.') != std::string::npos;
}

bool unknown_removed(const Match& m) {
  return known(m) == nullptr && removed(m);
}

bool unknown_to_release(const Match& m) {
  return m.new_directive == nullptr && !removed(m);
}

/// What the server does on each side: the stated value, else its default.
std::string effective(const Json* value, const Directive* directive) {
  if (value != nullptr && value->is_string()) return value->get<std::string>();
  return directive == nullptr ? std::string()
                              : directives::canonical_value(*directive, directive->default_value);
}

bool same_effect(const Match& m) {
  return known(m) != nullptr &&
         effective(m.before, m.old_directive) == effective(m.after, m.new_directive);
}

bool ignored(const Match& m) {
  return is_class(m, Class::kIgnored);
}

std::int64_t bytes_of(const std::string& text) {
  return parse_memory_size(text).value_or(0);
}

/// Less memory than before; 0 means no limit.
bool less_memory(const Match& m) {
  if (!is_name(m, "maxmemory")) return false;
  const std::int64_t before = bytes_of(effective(m.before, m.old_directive));
  const std::int64_t after = bytes_of(effective(m.after, m.new_directive));
  return after > 0 && (before == 0 || after < before);
}

/// Less than what the cache is said to hold, spread over its primaries.
bool less_memory_than_used(const Match& m) {
  if (!less_memory(m) || !m.options->bytes || m.new_cache == nullptr) return false;
  const std::int64_t after = bytes_of(effective(m.after, m.new_directive));
  return after * m.new_cache->shards() < *m.options->bytes;
}

bool append_only_off(const Match& m) {
  return is_name(m, "appendonly") && effective(m.after, m.new_directive) == "no";
}

bool listens(const Match& m) {
  return is_tie(m, Tie::kListen);
}
bool mounts(const Match& m) {
  return is_tie(m, Tie::kMount);
}
bool identifies(const Match& m) {
  return is_tie(m, Tie::kIdentity);
}
bool authenticates(const Match& m) {
  return is_tie(m, Tie::kCredential);
}
bool is_protected(const Match& m) {
  return is_class(m, Class::kProtected);
}
bool file_only(const Match& m) {
  return is_class(m, Class::kFileOnly);
}
bool restart_only(const Match& m) {
  return is_class(m, Class::kRestartOnly);
}
bool live_removed(const Match& m) {
  return is_class(m, Class::kLive) && removed(m);
}
bool live_stays(const Match& m) {
  const auto& back = directives::kGoBack;
  return live_removed(m) && std::find(back.begin(), back.end(), known(m)->name) == back.end();
}
bool live(const Match& m) {
  return is_class(m, Class::kLive);
}

constexpr std::string_view kServers =
    "src/config.c of redis and valkey, measured on six releases (src/directives)";

// clang-format off
constexpr Rule kRules[] = {
    {"config.autocache-unknown", "Directive", "**", of_autocache, Impact::kNone, "the AutoCache server does not read it", "", "autocache internal/config"},
    {"config.module", "Directive", "**", of_module, Impact::kRollingRestart, "a directive of a module: the module reads it when it is loaded", "", "redis src/module.c: MODULE_CONFIG"},
    {"config.unknown-removed", "Directive", "**", unknown_removed, Impact::kRollingRestart, "a line that this release does not know goes away", "", kServers},
    {"config.unknown", "Directive", "**", unknown_to_release, Impact::kRollingRestart, "this release does not know the directive: the server does not start with it",
     "remove it, or use the name that this release knows", kServers},
    {"config.ignored", "Directive", "**", ignored, Impact::kNone, "this release accepts the directive and does nothing", "", kServers},
    {"config.same-as-default", "Directive", "**", same_effect, Impact::kNone, "the value is the default of this release", "", kServers},
    {"config.credential", "Directive", "**", authenticates, Impact::kRollingRestart, "while the Pods restart, some ask for a password and others do not, or for another one",
     "use a Secret, and clients that try both", "redis src/config.c SENSITIVE_CONFIG"},
    {"config.listen", "Directive", "**", listens, Impact::kRollingRestart, "container ports, Services, probes and the cluster bus change with it: the Pods restart", "", "src/directives/directives.h Tie"},
    {"config.mount", "Directive", "**", mounts, Impact::kRollingRestart, "it names a path in the volumes: the Pods restart and look there", "", "src/directives/directives.h Tie"},
    {"config.identity", "Directive", "**", identifies, Impact::kRollingRestart, "it differs from Pod to Pod, so it is set when the Pod starts", "", "src/directives/directives.h Tie"},
    {"config.protected", "Directive", "**", is_protected, Impact::kRollingRestart, "the server refuses it while running (protected): the Pods restart", "", kServers},
    {"config.file-only", "Directive", "**", file_only, Impact::kRollingRestart, "the server reads it from its file at start only: the Pods restart", "", kServers},
    {"config.restart-only", "Directive", "**", restart_only, Impact::kRollingRestart, "the server refuses it while running (immutable): the Pods restart", "", kServers},
    {"config.memory-below-use", "Directive", "**", less_memory_than_used, Impact::kDataLoss, "less memory than the cache holds: keys are evicted, or writes fail under noeviction",
     "add nodes or remove data first", "redis src/config.c updateMaxmemory"},
    {"config.memory-less", "Directive", "**", less_memory, Impact::kLive, "set while running; the hook refuses it where more is in use, unless hook.onFull is Evict", "", "redis src/config.c updateMaxmemory; src/runtime-hook/planner_config.cpp"},
    {"config.append-only-off", "Directive", "**", append_only_off, Impact::kLive, "set while running; writes after the last snapshot are no longer on disk", "", "redis src/aof.c stopAppendOnly"},
    {"config.live-stays", "Directive", "**", live_stays, Impact::kLive, "running servers keep the present value until they restart; the hook does not reset this one",
     "set the default by hand where it must count at once", "src/directives/goes_back.h"},
    {"config.live-removed", "Directive", "**", live_removed, Impact::kLive, "goes back to the default of this release while running", "", "src/directives/goes_back.h"},
    {"config.live", "Directive", "**", live, Impact::kLive, "set while running, and read back", "", kServers},
};
// clang-format on

}  // namespace

std::span<const Rule> directive_rules() {
  return kRules;
}

}  // namespace autocache::plan
