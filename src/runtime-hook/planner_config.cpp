// Live configuration: the wanted directives as a whole set, so that one that is no longer named
// goes back to its default.

#include "base/memory_size.h"
#include "directives/directives.h"
#include "directives/goes_back.h"
#include "runtime-hook/planner_world.h"

namespace autocache::hook {
namespace {

directives::Engine engine_of(const Member& member) {
  switch (member.product) {
    case Product::kValkey:
      return directives::Engine::kValkey;
    case Product::kAutocache:
      return directives::Engine::kAutocache;
    case Product::kRedis:
    case Product::kUnknown:
      break;
  }
  return directives::Engine::kRedis;
}

const directives::Directive* find_directive(const Member& member, std::string_view name) {
  return directives::find(engine_of(member),
                          {member.version.major_number, member.version.minor_number}, name);
}

/// Whether `directive` has that value already; CONFIG GET may show it under another of its names.
std::optional<std::string> present_value(const Member& member,
                                         std::string_view name,
                                         const directives::Directive* directive) {
  auto it = member.config.find(std::string(name));
  if (it == member.config.end() && directive != nullptr) {
    it = member.config.find(std::string(directives::server_name(*directive)));
  }
  return it == member.config.end() ? std::nullopt : std::optional<std::string>(it->second);
}

bool would_evict(const World& world,
                 const Member& member,
                 std::string_view name,
                 const std::string& value) {
  const auto bytes = name == "maxmemory" ? parse_memory_size(value) : std::nullopt;
  return bytes && *bytes > 0 && *bytes < member.used_memory &&
         world.wanted.on_full == OnFull::kRefuse;
}

/// A node says ok when it has waited for as long as its node timeout (redis cluster.c, rejoin
/// delay), so the low one stays until then; plan_verify() waits for it.
bool is_forming(const Member& member) {
  return !member.state_ok && has_node_timeout(member, kFormingNodeTimeout);
}

void plan_member(World& world, int index) {
  const Member& member = world.at(index);
  SetConfig step;
  step.node = index;
  std::string names;
  for (const auto& [name, value] : wanted_config(world.wanted, member)) {
    const directives::Directive* directive = find_directive(member, name);
    const auto present = present_value(member, name, directive);
    if (!present) {
      if (world.wanted.config && world.wanted.config->contains(name)) {
        world.refuse("config_unknown",
                     world.name(index) + " (" + to_string(member.product, member.version) +
                         ") has no directive " + name,
                     "remove it from the configuration, or use a server that has it");
      }
      continue;
    }
    const bool same = directive == nullptr
                          ? *present == value
                          : directives::canonical_value(*directive, std::string_view(*present)) ==
                                directives::canonical_value(*directive, std::string_view(value));
    if (same || (name == "cluster-node-timeout" && is_forming(member))) {
      continue;
    }
    if (directive != nullptr && !directives::applies_live(*directive)) {
      world.plan.notes.push_back(name + " differs on " + world.name(index) +
                                 " and needs a restart");
      continue;
    }
    if (would_evict(world, member, name, value)) {
      world.refuse("maxmemory_below_use",
                   world.name(index) + " uses " + std::to_string(member.used_memory) +
                       " bytes, more than a maxmemory of " + value,
                   "choose a higher maxmemory, or set hook.onFull to Evict to let keys be evicted");
      return;
    }
    step.values.emplace_back(
        directive == nullptr ? name : std::string(directives::server_name(*directive)), value);
    names += (names.empty() ? "" : ", ") + name;
  }
  if (!step.values.empty()) {
    world.step(std::move(step), "live configuration differs: " + names);
  }
}

}  // namespace

bool has_node_timeout(const Member& member, std::string_view value) {
  const auto timeout = member.config.find("cluster-node-timeout");
  return timeout != member.config.end() && timeout->second == value;
}

bool has_passing_timeout(const Member& member) {
  return has_node_timeout(member, kFormingNodeTimeout) ||
         has_node_timeout(member, kLeavingNodeTimeout);
}

std::map<std::string, std::string> wanted_config(const Desired& wanted, const Member& member) {
  std::map<std::string, std::string> values;
  if (wanted.config) {
    for (const std::string_view name : directives::kGoBack) {
      if (const directives::Directive* directive = find_directive(member, name)) {
        values[std::string(name)] = directive->default_value;
      }
    }
    for (const auto& [name, value] : *wanted.config) {
      values.erase(directives::canonical_name(name));
      values[name] = value;
    }
    return values;
  }
  if (has_passing_timeout(member)) {
    values["cluster-node-timeout"] = kDefaultNodeTimeout;
  }
  return values;
}

void plan_config(World& world) {
  for (const int member : world.live) {
    if (world.standing(member) == Standing::kDesired) {
      plan_member(world, member);
    }
  }
}

}  // namespace autocache::hook
