#include "manifest/manifest.h"

#include "base/text.h"
#include "yaml/writer.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace autocache::manifest {

namespace {

/// The string member of an object; empty if it is absent or something else.
std::string_view text_of(const Json& object, const char* key) {
  if (!object.is_object()) {
    return {};
  }
  const auto found = object.find(key);
  return found != object.end() && found->is_string()
             ? std::string_view(found->get_ref<const std::string&>())
             : std::string_view();
}

const Json& metadata_of(const Json& object) {
  static const Json kNone = Json::object();
  if (!object.is_object()) {
    return kNone;
  }
  const auto found = object.find("metadata");
  return found != object.end() ? *found : kNone;
}

/// What an object is ordered by; views into it.
struct Key {
  int rank;
  std::string_view kind;
  std::string_view name_space;
  std::string_view name;

  auto operator<=>(const Key&) const = default;
};

Key key_of(const Json& object) {
  const std::string_view kind = text_of(object, "kind");
  const Json& metadata = metadata_of(object);
  return {kind_rank(kind), kind, text_of(metadata, "namespace"), text_of(metadata, "name")};
}

}  // namespace

Id id_of(const Json& object) {
  const std::string_view api_version = text_of(object, "apiVersion");
  const std::size_t slash = api_version.find('/');
  const Json& metadata = metadata_of(object);
  return {std::string(slash == std::string_view::npos ? std::string_view()
                                                      : api_version.substr(0, slash)),
          std::string(text_of(object, "kind")), std::string(text_of(metadata, "namespace")),
          std::string(text_of(metadata, "name"))};
}

std::string to_string(const Id& id) {
  std::string text = id.kind + '/';
  if (!id.name_space.empty()) {
    text += id.name_space + '/';
  }
  return text + id.name;
}

void sort(std::vector<Json>& objects) {
  std::vector<Key> keys;
  keys.reserve(objects.size());
  std::transform(objects.begin(), objects.end(), std::back_inserter(keys), key_of);
  std::vector<std::size_t> order(objects.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&keys](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
  std::vector<Json> sorted;
  sorted.reserve(objects.size());
  for (const std::size_t index : order) {
    sorted.push_back(std::move(objects[index]));
  }
  objects = std::move(sorted);
}

std::string write_one(const Json& object, Format format) {
  std::string out;
  switch (format) {
    case Format::kYaml:
      out = "---\n";
      yaml::write(object, out);
      return out;
    case Format::kJson:
      out = object.dump(2);
      break;
    case Format::kNdjson:
      out = object.dump();
      break;
  }
  out += '\n';
  return out;
}

std::string write(const std::vector<Json>& objects, Format format) {
  if (format == Format::kJson) {
    return write_one({{"apiVersion", "v1"}, {"kind", "List"}, {"items", objects}}, format);
  }
  std::string out;
  for (const Json& object : objects) {
    out += write_one(object, format);
  }
  return out;
}

std::string file_name(const Json& object) {
  const Id id = id_of(object);
  return to_lower(id.kind) + '-' + to_lower(id.name) + ".yaml";
}

}  // namespace autocache::manifest
