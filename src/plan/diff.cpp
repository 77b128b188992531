#include "plan/diff.h"

#include "base/diagnostic.h"
#include "plan/json_tools.h"

#include <algorithm>
#include <array>
#include <utility>

namespace autocache::plan {
namespace {

/// Merge keys of the API's lists (patchMergeKey in k8s.io/api types.go), by the name of the list.
struct MergeKey {
  std::string_view list;
  std::string_view key;
  std::string_view second;
};

constexpr std::array<MergeKey, 16> kMergeKeys = {{
    {"containers", "name", ""},
    {"initContainers", "name", ""},
    {"ephemeralContainers", "name", ""},
    {"volumes", "name", ""},
    {"env", "name", ""},
    {"imagePullSecrets", "name", ""},
    {"secrets", "name", ""},
    {"volumeMounts", "mountPath", ""},
    {"volumeDevices", "devicePath", ""},
    {"ports", "containerPort", "protocol"},
    {"ports", "port", "protocol"},
    {"topologySpreadConstraints", "topologyKey", "whenUnsatisfiable"},
    {"hostAliases", "ip", ""},
    {"volumeClaimTemplates", "metadata", ""},
    {"versions", "name", ""},
    {"schedulingGates", "name", ""},
}};

std::string plain(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// The name by which an item of `list` is known; empty if it has none.
std::string item_name(std::string_view list, const Json& item) {
  for (const MergeKey& merge : kMergeKeys) {
    if (merge.list != list) continue;
    const Json* key = member(item, merge.key);
    if (key == nullptr) continue;
    if (merge.key == "metadata") return std::string(text_at(item, "metadata/name"));
    std::string name = plain(*key);
    const Json* second = merge.second.empty() ? nullptr : member(item, merge.second);
    // TCP is what nearly every port is; naming it would only make paths longer.
    if (second != nullptr && *second != "TCP") name += "/" + plain(*second);
    return name;
  }
  return {};
}

/// The names of all items, or nothing unless each has one of its own.
std::optional<std::vector<std::string>> item_names(std::string_view list, const Json& items) {
  std::vector<std::string> names;
  for (const Json& item : items) {
    names.push_back(item_name(list, item));
    if (names.back().empty()) return std::nullopt;
  }
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return std::nullopt;
  return names;
}

struct Place {
  std::string pointer;
  std::string display;

  [[nodiscard]] Place child(std::string_view key) const {
    const bool simple = key.find_first_of("./[]") == std::string_view::npos;
    std::string shown = display;
    if (simple) {
      if (!shown.empty()) shown += '.';
      shown += key;
    } else {
      shown += "[" + std::string(key) + "]";
    }
    return {pointer_join(pointer, key), std::move(shown)};
  }

  [[nodiscard]] Place item(std::size_t index, std::string_view name) const {
    return {pointer + "/" + std::to_string(index), display + "[" + std::string(name) + "]"};
  }
};

class Walker {
 public:
  std::vector<FieldChange> changes;

  void walk(const Place& at, std::string_view key, const Json& a, const Json& b) {
    if (a.is_object() && b.is_object()) {
      walk_members(at, a, b);
    } else if (a.is_array() && b.is_array()) {
      walk_items(at, key, a, b);
    } else if (!same(a, b)) {
      changes.push_back({at.pointer, at.display, a, b});
    }
  }

 private:
  void added(const Place& at, const Json& value) {
    changes.push_back({at.pointer, at.display, std::nullopt, value});
  }
  void removed(const Place& at, const Json& value) {
    changes.push_back({at.pointer, at.display, value, std::nullopt});
  }

  void walk_members(const Place& at, const Json& a, const Json& b) {
    for (const auto& [key, value] : b.items()) {
      const Json* before = member(a, key);
      if (before == nullptr) {
        added(at.child(key), value);
      } else {
        walk(at.child(key), key, *before, value);
      }
    }
    for (const auto& [key, value] : a.items()) {
      if (member(b, key) == nullptr) removed(at.child(key), value);
    }
  }

  void walk_items(const Place& at, std::string_view key, const Json& a, const Json& b) {
    const auto names_a = item_names(key, a);
    const auto names_b = item_names(key, b);
    if (!names_a || !names_b) {
      walk_by_index(at, a, b);
      return;
    }
    const auto index_of = [](const std::vector<std::string>& names, const std::string& name) {
      return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    };
    std::vector<std::string> common_a;
    std::vector<std::string> common_b;
    for (std::size_t i = 0; i < names_b->size(); ++i) {
      const std::string& name = (*names_b)[i];
      const std::size_t before = index_of(*names_a, name);
      if (before == names_a->size()) {
        added(at.item(i, name), b[i]);
      } else {
        common_b.push_back(name);
        walk(at.item(i, name), "", a[before], b[i]);
      }
    }
    for (std::size_t i = 0; i < names_a->size(); ++i) {
      const std::string& name = (*names_a)[i];
      if (index_of(*names_b, name) == names_b->size()) {
        removed(at.item(i, name), a[i]);
      } else {
        common_a.push_back(name);
      }
    }
    if (common_a != common_b)
      changes.push_back({at.pointer, at.display, Json(common_a), Json(common_b)});
  }

  void walk_by_index(const Place& at, const Json& a, const Json& b) {
    const std::size_t common = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < common; ++i) walk(at.item(i, std::to_string(i)), "", a[i], b[i]);
    for (std::size_t i = common; i < b.size(); ++i) added(at.item(i, std::to_string(i)), b[i]);
    for (std::size_t i = common; i < a.size(); ++i) removed(at.item(i, std::to_string(i)), a[i]);
  }
};

}  // namespace

std::vector<FieldChange> diff(const Json& old_value, const Json& new_value) {
  Walker walker;
  walker.walk({}, "", old_value, new_value);
  return std::move(walker.changes);
}

bool same(const Json& a, const Json& b) {
  if (a.is_object() && b.is_object()) {
    if (a.size() != b.size()) return false;
    for (const auto& [key, value] : a.items()) {
      const Json* other = member(b, key);
      if (other == nullptr || !same(value, *other)) return false;
    }
    return true;
  }
  if (a.is_array() && b.is_array()) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
  }
  if (a.is_number_integer() && b.is_number_integer()) return a == b;
  return a.type() == b.type() && a == b;
}

}  // namespace autocache::plan
