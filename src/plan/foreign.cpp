#include "plan/foreign.h"

#include "plan/json_tools.h"

#include <string>
#include <vector>

namespace autocache::plan {
namespace {

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

  /// Without either record nobody can tell, so everything counts as applied.
  [[nodiscard]] bool has(const std::string& map, const std::string& key) const {
    if (!last_.is_object() && managed_.empty()) return true;
    const Json* in_last = at_path(last_, "metadata/" + map);
    if (in_last != nullptr && member(*in_last, key) != nullptr) return true;
    for (const Json* fields : managed_) {
      const Json* owned = fields == nullptr ? nullptr : at_path(*fields, "f:metadata/f:" + map);
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
  Json* metadata = member(live, "metadata");
  if (metadata == nullptr) return;
  const Applied applied(written);
  for (const char* map : {"labels", "annotations"}) {
    Json* values = member(*metadata, map);
    if (values == nullptr || !values->is_object()) continue;
    const Json* others = at_path(other, std::string("metadata/") + map);
    std::vector<std::string> foreign;
    for (const auto& [key, value] : values->items()) {
      const bool shared = others != nullptr && member(*others, key) != nullptr;
      if (!shared && !applied.has(map, key)) foreign.push_back(key);
    }
    for (const std::string& key : foreign) values->erase(key);
    if (values->empty()) metadata->erase(map);
  }
}

}  // namespace autocache::plan
