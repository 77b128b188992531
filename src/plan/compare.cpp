#include "plan/compare.h"

#include "base/diagnostic.h"
#include "base/text.h"
#include "plan/canonical.h"
#include "plan/config_diff.h"
#include "plan/diff.h"
#include "plan/foreign.h"
#include "plan/json_tools.h"
#include "plan/rules.h"

#include <algorithm>
#include <map>

namespace autocache::plan {
namespace {

constexpr std::string_view kHidden = "(hidden)";

std::vector<std::string> tokens_of(std::string_view pointer) {
  std::vector<std::string> tokens;
  if (pointer.empty()) return tokens;
  for (const std::string_view raw : split(pointer.substr(1), '/')) {
    std::string token;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] == '~' && i + 1 < raw.size()) {
        token += raw[++i] == '1' ? '/' : '~';
      } else {
        token += raw[i];
      }
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

const Json* or_null(const std::optional<Json>& value) {
  return value ? &*value : nullptr;
}

/// `value` with every text of it hidden.
void hide(std::optional<Json>& value) {
  if (!value) return;
  if (!value->is_object()) {
    *value = kHidden;
    return;
  }
  for (Json& item : *value) item = kHidden;
}

/// An object value that one side lacks, as one change for each of its leaves.
void expand(const FieldChange& change, std::vector<FieldChange>& out) {
  const std::optional<Json>& value = change.before ? change.before : change.after;
  const bool one_sided = !change.before || !change.after;
  if (!one_sided || !value->is_object() || value->empty()) {
    out.push_back(change);
    return;
  }
  for (const auto& [key, child] : value->items()) {
    FieldChange part{pointer_join(change.pointer, key), change.display + "." + key, std::nullopt,
                     std::nullopt};
    (change.before ? part.before : part.after) = child;
    expand(part, out);
  }
}

class Comparer {
 public:
  Comparer(const std::vector<CachePair>& caches, const Options& options) : options_(options) {
    for (const CachePair& pair : caches) {
      if (pair.before != nullptr) before_[{pair.before->name_space, pair.before->name}] = &pair;
      if (pair.after != nullptr) after_[{pair.after->name_space, pair.after->name}] = &pair;
    }
  }

  std::vector<Change> changes;

  void objects(const ObjectPair& pair) {
    const Object& one = pair.after != nullptr ? *pair.after : *pair.before;
    Match match = match_of(pair, one.id.kind);
    if (pair.before == nullptr || pair.after == nullptr) {
      match.op = pair.before == nullptr ? Op::kAdd : Op::kRemove;
      add(one.id, match, {});
      return;
    }
    const bool config = one.id.kind == "ConfigMap";
    if (pair.before->twin && pair.after->twin) {
      if (config && differ_in_release(match)) same_configs(one.id, match, one.value);
      return;
    }
    if (!config && !pair.before->live && !pair.after->live) {
      fields(one.id, match, pair.before->value, pair.after->value);
      return;
    }
    Json before = pair.before->value;
    Json after = pair.after->value;
    settle(before, *pair.before, after);
    settle(after, *pair.after, before);
    if (config) configs(one.id, match, before, after);
    fields(one.id, match, before, after);
  }

  void specs(const Spec& before, const Spec& after) {
    const manifest::Id id = id_of(after);
    Match match;
    match.kind = "AutoCache";
    find_caches_of(after_, after.name_space, after.name, match);
    std::vector<FieldChange> leaves;
    for (FieldChange& change : diff(before.spec, after.spec)) {
      change.pointer.insert(0, "/spec");
      change.display.insert(0, "spec.");
      expand(change, leaves);
    }
    for (const FieldChange& leaf : leaves) {
      const std::size_t index = changes.size();
      field(id, match, leaf);
      // What no rule is about shows in the objects that the spec renders to.
      if (!changes[index].rule.starts_with("spec.")) changes.pop_back();
    }
  }

  /// A cache that is there under another name or in another namespace.
  void renamed(const Cache& before, const Cache& after) {
    Match match;
    match.kind = "AutoCache";
    match.old_cache = &before;
    match.new_cache = &after;
    const bool moved = before.name == after.name;
    const manifest::Id id{"cache.autocache.io", "AutoCache", after.name_space, after.name};
    FieldChange change{moved ? "/metadata/namespace" : "/metadata/name",
                       moved ? "metadata.namespace" : "metadata.name",
                       Json(moved ? before.name_space : before.name),
                       Json(moved ? after.name_space : after.name)};
    field(id, match, change);
  }

 private:
  static manifest::Id id_of(const Spec& spec) {
    return {"cache.autocache.io", spec.kind, spec.name_space, spec.name};
  }

  /// What the API server or others put into a live object, and the manifest does not mention, is no
  /// difference.
  static void settle(Json& value, const Object& object, const Json& other) {
    if (!object.live) return;
    drop_server_choices(value, other);
    drop_foreign_metadata(value, object.written, other);
  }

  using ByName = std::map<std::pair<std::string, std::string>, const CachePair*>;

  static void find_caches_of(const ByName& pairs,
                             const std::string& name_space,
                             const std::string& name,
                             Match& match) {
    const auto found = pairs.find({name_space, name});
    if (found == pairs.end()) return;
    match.old_cache = found->second->before;
    match.new_cache = found->second->after;
  }

  [[nodiscard]] Match match_of(const ObjectPair& pair, std::string_view kind) const {
    Match match;
    match.kind = kind;
    match.old_object = pair.before == nullptr ? nullptr : &pair.before->value;
    match.new_object = pair.after == nullptr ? nullptr : &pair.after->value;
    const Object& one = pair.after != nullptr ? *pair.after : *pair.before;
    find_caches_of(pair.after != nullptr ? after_ : before_, one.id.name_space, instance_of(one),
                   match);
    return match;
  }

  void fields(const manifest::Id& id, const Match& match, const Json& before, const Json& after) {
    for (FieldChange& change : diff(before, after)) {
      if (change.pointer == "/metadata/namespace") continue;
      if (id.kind == "Secret" && change.pointer.starts_with("/data")) {
        hide(change.before);
        hide(change.after);
      }
      field(id, match, change);
    }
  }

  void field(const manifest::Id& id, const Match& base, const FieldChange& change) {
    Match match = base;
    match.options = &options_;
    match.path = tokens_of(change.pointer);
    match.before = or_null(change.before);
    match.after = or_null(change.after);
    match.op = !change.before ? Op::kAdd : !change.after ? Op::kRemove : Op::kReplace;
    add(id, match, change);
  }

  void add(const manifest::Id& id, Match match, const FieldChange& change) {
    match.options = &options_;
    const Rule& rule = classify(match);
    Change made;
    made.object = id;
    made.path = change.pointer;
    made.display = change.display;
    made.before = change.before;
    made.after = change.after;
    made.impact = rule.impact;
    made.rule = rule.id;
    made.effect = rule.effect;
    made.todo = rule.todo;
    changes.push_back(std::move(made));
  }

  static bool differ_in_release(const Match& m) {
    return m.old_cache != nullptr && m.new_cache != nullptr &&
           (m.old_cache->engine != m.new_cache->engine ||
            m.old_cache->version != m.new_cache->version);
  }

  /// The same text may mean something else to another release.
  void same_configs(const manifest::Id& id, const Match& base, const Json& value) {
    Json before = value;
    Json after = value;
    configs(id, base, before, after);
  }

  /// Compares the server configurations of a ConfigMap as such and takes them out of both sides.
  void configs(const manifest::Id& id, const Match& base, Json& before, Json& after) {
    if (base.old_cache == nullptr || base.new_cache == nullptr) return;
    Json* old_data = member(before, "data");
    Json* new_data = member(after, "data");
    if (old_data == nullptr || new_data == nullptr) return;
    std::vector<std::string> names;
    for (const auto& [key, value] : new_data->items()) {
      const Json* other = member(*old_data, key);
      if (key.ends_with(".conf") && value.is_string() && other != nullptr && other->is_string())
        names.push_back(key);
    }
    for (const std::string& name : names) {
      const Cache& a = *base.old_cache;
      const Cache& b = *base.new_cache;
      for (const DirectiveChange& one :
           diff_config({(*old_data)[name].get_ref<const std::string&>(), a.engine, a.version},
                       {(*new_data)[name].get_ref<const std::string&>(), b.engine, b.version})) {
        directive(id, base, name, one);
      }
      old_data->erase(name);
      new_data->erase(name);
    }
  }

  void directive(const manifest::Id& id,
                 const Match& base,
                 const std::string& file,
                 const DirectiveChange& one) {
    FieldChange change;
    change.pointer = pointer_join(pointer_join("/data", file), one.name);
    change.display = file + ": " + one.name;
    if (one.before) change.before = *one.before;
    if (one.after) change.after = *one.after;
    Match match = base;
    match.kind = "Directive";
    match.old_directive = one.old_directive;
    match.new_directive = one.new_directive;
    const std::size_t index = changes.size();
    field(id, match, change);
    const auto* known = one.new_directive != nullptr ? one.new_directive : one.old_directive;
    if (known != nullptr && known->tie == directives::Tie::kCredential) {
      hide(changes[index].before);
      hide(changes[index].after);
    }
  }

  ByName before_;
  ByName after_;
  const Options& options_;
};

using SpecsByName = std::map<std::pair<std::string, std::string>, const Spec*>;

SpecsByName specs_by_name(const Side& side) {
  SpecsByName specs;
  for (const Spec& spec : side.specs) specs[{spec.name_space, spec.name}] = &spec;
  return specs;
}

const Spec* spec_of(const SpecsByName& specs, const Cache* cache) {
  if (cache == nullptr) return nullptr;
  const auto found = specs.find({cache->name_space, cache->name});
  return found == specs.end() ? nullptr : found->second;
}

/// One cache went and one came: most likely the same under another name.
void find_renames(const std::vector<CachePair>& caches, Comparer& comparer) {
  std::vector<const Cache*> gone;
  std::vector<const Cache*> come;
  for (const CachePair& pair : caches) {
    if (pair.after == nullptr) gone.push_back(pair.before);
    if (pair.before == nullptr) come.push_back(pair.after);
  }
  for (const Cache* before : gone) {
    for (const Cache* after : come) {
      const bool moved = before->name == after->name;
      const bool renamed =
          gone.size() == 1 && come.size() == 1 && before->name_space == after->name_space;
      if (moved || renamed) comparer.renamed(*before, *after);
    }
  }
}

}  // namespace

std::vector<Change> compare(const Side& before,
                            const Side& after,
                            const std::vector<CachePair>& caches,
                            const std::vector<ObjectPair>& objects,
                            const Options& options) {
  Comparer comparer(caches, options);
  find_renames(caches, comparer);
  const SpecsByName old_specs = specs_by_name(before);
  const SpecsByName new_specs = specs_by_name(after);
  for (const CachePair& pair : caches) {
    const Spec* old_spec = spec_of(old_specs, pair.before);
    const Spec* new_spec = spec_of(new_specs, pair.after);
    if (old_spec != nullptr && new_spec != nullptr) comparer.specs(*old_spec, *new_spec);
  }
  for (const ObjectPair& pair : objects) comparer.objects(pair);
  return std::move(comparer.changes);
}

}  // namespace autocache::plan
