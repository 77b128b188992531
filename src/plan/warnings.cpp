#include "base/memory_size.h"
#include "base/text.h"
#include "plan/json_tools.h"
#include "plan/report.h"
#include "plan/steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace autocache::plan {
namespace {

bool restarts(const std::vector<Change>& changes, const Cache& cache) {
  return std::any_of(changes.begin(), changes.end(), [&](const Change& change) {
    return change.object.name_space == cache.name_space && change.object.kind == "StatefulSet" &&
           change.path.starts_with("/spec/template") &&
           std::any_of(cache.sets.begin(), cache.sets.end(),
                       [&](const NodeSet& set) { return set.name == change.object.name; });
  });
}

/// Without storage a restarted node is a new, empty one: its nodes.conf goes with its data.
void warn_about_memory_only(const CachePair& pair,
                            const Findings& in,
                            std::vector<std::string>& out) {
  if (pair.before == nullptr || pair.after == nullptr || pair.before->storage ||
      !restarts(in.changes, *pair.after))
    return;
  if (pair.after->replicas_per_shard == 0) {
    out.push_back(
        fmt::format("{}: no storage and no replicas: each Pod that restarts comes back empty, so "
                    "all keys are gone after the roll",
                    pair.after->name));
  } else {
    out.push_back(
        fmt::format("{}: no storage: each restarted node comes back empty and copies its data from "
                    "a replica that is up",
                    pair.after->name));
  }
}

void warn_about_scale_and_roll(const CachePair& pair,
                               const Findings& in,
                               std::vector<std::string>& out) {
  if (pair.before == nullptr || pair.after == nullptr ||
      pair.before->nodes() == pair.after->nodes())
    return;
  if (restarts(in.changes, *pair.after)) {
    out.push_back(
        fmt::format("{}: nodes are added or removed and Pods restart in the same change: do one "
                    "after the other",
                    pair.after->name));
  }
}

/// Bytes that `cache` may hold by its maxmemory; 0: no limit.
std::int64_t room(const Cache& cache) {
  const auto each = parse_memory_size(text_at(cache.spec, "config/maxMemory"));
  return each ? *each * cache.shards() : 0;
}

void warn_about_room(const CachePair& pair, const Options& options, std::vector<std::string>& out) {
  if (pair.before == nullptr || pair.after == nullptr || !options.bytes) return;
  if (pair.after->shards() >= pair.before->shards()) return;
  const std::int64_t bytes = room(*pair.after);
  if (bytes > 0 && bytes < *options.bytes) {
    out.push_back(fmt::format(
        "{}: the {} shards that stay may hold {}, the cache holds {}: the gate will refuse",
        pair.after->name, pair.after->shards(), bytes_text(bytes), bytes_text(*options.bytes)));
  }
}

/// Against specs a rule says so; manifests do not name tiers.
void warn_about_tiers(const CachePair& pair,
                      const Options& options,
                      std::vector<std::string>& out) {
  if (pair.before == nullptr || pair.after == nullptr || !options.bytes ||
      !pair.before->spec.is_null())
    return;
  const auto capacity = tier_capacity(*pair.after);
  if (capacity && *capacity < static_cast<double>(*options.bytes)) {
    out.push_back(
        fmt::format("{}: the tiers together hold {}, the cache holds {}: add nodes or "
                    "remove data first",
                    pair.after->name, bytes_text(static_cast<std::int64_t>(*capacity)),
                    bytes_text(*options.bytes)));
  }
}

/// What one side cannot say counts as unchanged, which may hide a change.
void warn_about_unnamed_shape(const CachePair& pair, std::vector<std::string>& out) {
  if (pair.before == nullptr || pair.after == nullptr ||
      pair.before->per_shard != pair.after->per_shard)
    return;
  const Cache& a = *pair.before;
  const Cache& b = *pair.after;
  std::vector<std::string> unnamed;
  if (a.shape_known != b.shape_known && b.replicas_per_shard > 0)
    unnamed.emplace_back("replicas per shard");
  if (a.slot_plan_known != b.slot_plan_known && !b.slot_plan.empty())
    unnamed.emplace_back("slot plan");
  if (unnamed.empty()) return;
  out.push_back(
      fmt::format("{}: the manifests without hook Jobs do not name {}: taken to be as on "
                  "the other side",
                  b.name, join(unnamed, " and ")));
}

void warn_about_engine_guess(const CachePair& pair,
                             const Findings& in,
                             std::vector<std::string>& out) {
  const Cache* cache = pair.after;
  if (cache == nullptr || cache->version_known || cache->engine == directives::Engine::kAutocache)
    return;
  const bool config = std::any_of(in.changes.begin(), in.changes.end(), [&](const Change& c) {
    return c.rule.starts_with("config.") && c.object.name_space == cache->name_space;
  });
  if (config) {
    out.push_back(fmt::format(
        "{}: neither spec nor image names a version of {}: configuration is judged as {}.{}",
        cache->name, directives::to_string(cache->engine), cache->version.major,
        cache->version.minor));
  }
}

/// Kinds that kubectl was perhaps not asked for look as if they were new.
void warn_about_kinds_not_listed(const Findings& in, std::vector<std::string>& out) {
  std::set<std::string> listed;
  std::set<std::string> added;
  bool live = false;
  for (const ObjectPair& pair : in.objects) {
    const Object& one = pair.before != nullptr ? *pair.before : *pair.after;
    (pair.before != nullptr ? listed : added).insert(one.id.kind);
    live = live || (pair.before != nullptr && pair.before->live);
  }
  for (const std::string& kind : listed) added.erase(kind);
  if (!live || added.empty()) return;
  out.push_back(fmt::format(
      "the old side was read from a cluster and lists no {}: ask `kubectl get` for it too, else "
      "what is there already shows as created",
      join(std::vector<std::string>(added.begin(), added.end()), ", ")));
}

/// The running layout is not the one that the hook keeps, whatever this change is.
void warn_about_moves_without_a_change(const Findings& in, std::vector<std::string>& out) {
  const bool scales = std::any_of(in.changes.begin(), in.changes.end(), [](const Change& change) {
    return change.impact >= Impact::kScale;
  });
  for (const SlotSection& section : in.slots) {
    if (!scales && section.moved > 0) {
      out.push_back(fmt::format(
          "{}: the running layout is not balanced: the next sync moves {} slots, with or without "
          "this change",
          section.name, section.moved));
    }
  }
}

}  // namespace

std::vector<std::string> make_warnings(const Findings& findings, const Options& options) {
  std::vector<std::string> warnings;
  for (const CachePair& pair : findings.caches) {
    warn_about_memory_only(pair, findings, warnings);
    warn_about_scale_and_roll(pair, findings, warnings);
    warn_about_room(pair, options, warnings);
    warn_about_tiers(pair, options, warnings);
    warn_about_unnamed_shape(pair, warnings);
    warn_about_engine_guess(pair, findings, warnings);
  }
  for (const SlotSection& section : findings.slots) {
    for (const std::string& problem : section.problems)
      warnings.push_back(section.name + ": " + problem);
  }
  warn_about_kinds_not_listed(findings, warnings);
  warn_about_moves_without_a_change(findings, warnings);
  return warnings;
}

}  // namespace autocache::plan
