#include "cli/chart.h"

#include "base/json.h"
#include "base/version.h"
#include "yaml/writer.h"

namespace autocache::cli {

std::string escape_template(std::string_view manifest) {
  constexpr std::string_view kOpen = "{{";
  std::string out;
  out.reserve(manifest.size());
  for (std::size_t i = 0; i < manifest.size();) {
    if (manifest.substr(i, kOpen.size()) == kOpen) {
      out += "{{ \"{{\" }}";
      i += kOpen.size();
    } else {
      out += manifest[i++];
    }
  }
  return out;
}

std::string chart_yaml(std::string_view name, std::string_view version) {
  Json chart = Json::object();
  chart["apiVersion"] = "v2";
  chart["name"] = name;
  chart["version"] = version;
  chart["type"] = "application";
  chart["description"] = "Cache cluster rendered by autocache";
  chart["annotations"]["cache.autocache.io/rendered-by"] = kVersion;
  std::string out;
  yaml::write(chart, out);
  return out;
}

}  // namespace autocache::cli
