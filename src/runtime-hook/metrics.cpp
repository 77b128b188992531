#include "runtime-hook/metrics.h"

#include <fmt/format.h>

namespace autocache::hook {
namespace {

std::string escaped(const std::string& value) {
  std::string result;
  for (const char c : value) {
    if (c == '\\' || c == '"') {
      result += '\\';
    }
    result += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return result;
}

}  // namespace

std::string to_prometheus(const std::vector<Metric>& metrics, const MetricLabels& labels) {
  std::string text;
  for (const Metric& metric : metrics) {
    text += fmt::format("# HELP autocache_hook_{0} {1}\n# TYPE autocache_hook_{0} gauge\n",
                        metric.name, metric.help);
    text += fmt::format("autocache_hook_{}{{cluster=\"{}\",command=\"{}\"}} {}\n", metric.name,
                        escaped(labels.cluster), escaped(labels.command), metric.value);
  }
  return text;
}

}  // namespace autocache::hook
