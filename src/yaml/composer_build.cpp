// The second half of the Composer: entries to the tree. Recursion is as deep as the tree, which
// ReadOptions::max_depth limits before anything is built; so are the numbers of values and bytes.

#include "yaml/composer.h"
#include "yaml/resolve.h"

#include <fmt/format.h>

#include <iterator>
#include <set>

namespace autocache::yaml {

std::string Composer::Path::pointer() const {
  if (parent == nullptr) return {};
  return pointer_join(parent->pointer(), key.data() != nullptr ? key : std::to_string(position));
}

void Composer::build(Index index, Node& node, const Path& path) {
  const Entry& entry = entries_[index];
  if (entry.is_alias) {
    ++aliases_around_;
    build(entry.text_begin, node, path);
    --aliases_around_;
    node.at = position(entry);
    return;
  }
  node.kind = entry.kind;
  node.style = entry.style;
  node.at = position(entry);
  if (entry.kind == Kind::kScalar) {
    node.scalar = text(entry);
  } else if (entry.kind == Kind::kSequence) {
    node.items.reserve(entry.count);
    for (Index item = index + 1; item < entry.end; item = entries_[item].end) {
      build(item, node.items.emplace_back(), {&path, {}, node.items.size() - 1});
    }
  } else {
    build_mapping(index, node, path);
  }
}

void Composer::build_mapping(Index index, Node& node, const Path& path) {
  const Index end = entries_[index].end;
  node.members.reserve(entries_[index].count / 2);
  Index merge_key = end;
  for (Index key = index + 1; key < end; key = entries_[entries_[key].end].end) {
    const Entry& entry = entries_[target(key)];
    if (entries_[key].is_dropped) continue;
    if (is_merge_key(key)) {
      merge_key = key;
      continue;
    }
    Member& member = node.members.emplace_back();
    member.key = text(entry);
    member.key_style = entry.style;
    member.key_at = position(entries_[key]);
    build(entries_[key].end, member.value, {&path, member.key, 0});
  }
  if (merge_key != end) merge(merge_key, node, path);
}

/// Adds what a merge key names to the members of `node`; those that are there already win, and of
/// several mappings the earlier ones.
void Composer::merge(Index merge_key, Node& node, const Path& path) {
  std::set<std::string> present;
  for (const Member& member : node.members) {
    present.insert(key_text(member.key, member.key_style));
  }
  const std::size_t explicit_members = node.members.size();
  ++aliases_around_;
  const auto add = [&](Index mapping) {
    Node merged;
    build(mapping, merged, path);
    warn_replaced(node, explicit_members, merge_key, merged, path);
    for (Member& member : merged.members) {
      if (!present.insert(key_text(member.key, member.key_style)).second) continue;
      node.members.push_back(std::move(member));
    }
  };
  const Index value = entries_[merge_key].end;
  if (entries_[value].kind == Kind::kSequence && !entries_[value].is_alias) {
    for (Index item = value + 1; item < entries_[value].end; item = entries_[item].end) add(item);
  } else {
    add(value);
  }
  --aliases_around_;
}

/// go-yaml v2 merges where the merge key stands and lets it replace what came before, against the
/// rule of YAML; so a spec with such keys means two things.
void Composer::warn_replaced(const Node& node,
                             std::size_t explicit_members,
                             Index merge_key,
                             const Node& merged,
                             const Path& path) {
  if (aliases_around_ > 1) return;  // reported where it was written
  const Entry& at = entries_[merge_key];
  for (std::size_t i = 0; i < explicit_members; ++i) {
    const Member& member = node.members[i];
    const bool is_before = std::pair(member.key_at.line, member.key_at.column) <
                           std::pair<int, int>(at.line, at.column);
    if (!is_before || merged.find(member.key) == nullptr) continue;
    Diagnostic warning = warning_at(
        kKeyBeforeMerge.code, member.key_at, pointer_join(path.pointer(), member.key),
        fmt::format("kubectl lets the merge at line {} replace this key, YAML does not", at.line),
        "put the merge key first");
    if (add_problem(std::move(warning)) == Next::kStop) return;
  }
}

}  // namespace autocache::yaml
