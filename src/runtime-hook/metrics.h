#pragma once

// Numbers of one run in the Prometheus text format, for --metrics-file (node_exporter's textfile
// collector reads it).

#include <cstdint>
#include <string>
#include <vector>

namespace autocache::hook {

/// One sample; all are gauges, because a run has an end.
struct Metric {
  /// Without the prefix "autocache_hook_".
  std::string name;
  std::string help;
  double value = 0;
};

/// What a run was about: the labels of every sample.
struct MetricLabels {
  std::string cluster;
  std::string command;
};

/// The text of a metrics file, in the order given.
std::string to_prometheus(const std::vector<Metric>& metrics, const MetricLabels& labels);

}  // namespace autocache::hook
