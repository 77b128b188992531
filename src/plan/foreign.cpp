#include "plan/foreign.h"

#include "base/text.h"
#include "plan/json_tools.h"

#include <string>
#include <vector>

namespace autocache::plan {
namespace {

/// What `kubectl rollout restart` puts into a Pod template.
constexpr std::string_view kRestartedAt = "kubectl.kubernetes.io/restartedAt";

/// What applies have said about an object's metadata.
class Applied {
 public:
  explicit Applied(const Json& written) {
    const Json* annotations = at_path(written, "metadata/annotations");
    const Json* last =
        annotations == nullptr
            ? nullptr
            : member(*annotations, "kubectl.kubernetes.io/last-applied-configuration");
    if (last != nullptr && last->is_string())
      last_ = Json::parse(last->get_ref<const std::string&>(), nullptr, false);
    for (const Json& entry : list_at(written, "metadata/managedFields")) {
      if (text_at(entry, "operation") == "Apply") managed_.push_back(member(entry, "fieldsV1"));
    }
  }

  /// Whether one of them has set `key` of the map at `path`. Without either record nobody can tell,
  /// so everything counts as applied but what kubectl itself adds.
  [[nodiscard]] bool has(const std::string& path, const std::string& key) const {
    if (!last_.is_object() && managed_.empty()) return key != kRestartedAt;
    const Json* in_last = at_path(last_, path);
    if (in_last != nullptr && member(*in_last, key) != nullptr) return true;
    std::string fields_path;
    for (const std::string_view part : split(path, '/'))
      fields_path += (fields_path.empty() ? "f:" : "/f:") + std::string(part);
    for (const Json* fields : managed_) {
      const Json* owned = fields == nullptr ? nullptr : at_path(*fields, fields_path);
      if (owned != nullptr && member(*owned, "f:" + key) != nullptr) return true;
    }
    return false;
  }

 private:
  Json last_;
  std::vector<const Json*> managed_;
};

}  // namespace

void drop_foreign_metadata(Json& live, const Json& written, const Json& other) {
  const Applied applied(written);
  for (const char* holder : {"metadata", "spec/template/metadata"}) {
    Json* metadata = at_path(live, holder);
    if (metadata == nullptr) continue;
    for (const char* map : {"labels", "annotations"}) {
      Json* values = member(*metadata, map);
      if (values == nullptr || !values->is_object()) continue;
      const std::string path = std::string(holder) + "/" + map;
      const Json* others = at_path(other, path);
      std::vector<std::string> foreign;
      for (const auto& [key, value] : values->items()) {
        const bool shared = others != nullptr && member(*others, key) != nullptr;
        if (!shared && !applied.has(path, key)) foreign.push_back(key);
      }
      for (const std::string& key : foreign) values->erase(key);
      if (values->empty()) metadata->erase(map);
    }
  }
}

}  // namespace autocache::plan
