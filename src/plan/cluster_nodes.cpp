#include "plan/cluster_nodes.h"

#include "base/text.h"
#include "plan/codes.h"

#include <algorithm>

namespace autocache::plan {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (const std::string_view word : split(line, ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  return words;
}

/// ip:port@bus,hostname[,aux=...]
bool read_address(std::string_view text, ClusterNode& node) {
  const std::size_t comma = text.find(',');
  const std::string_view address = text.substr(0, std::min(comma, text.find('@')));
  if (address.find(':') == std::string_view::npos) return false;
  node.address = address;
  if (comma != std::string_view::npos) {
    const std::string_view rest = text.substr(comma + 1);
    const std::string_view name = rest.substr(0, rest.find(','));
    if (name.find('=') == std::string_view::npos) node.hostname = name;
  }
  return true;
}

bool read_slots(const std::vector<std::string_view>& words, ClusterNode& node) {
  for (std::size_t i = 8; i < words.size(); ++i) {
    if (words[i].starts_with('[')) {
      node.open_slots = true;
      continue;
    }
    const auto range = hook::parse_slot_range(words[i]);
    if (!range) return false;
    node.slots.insert(*range);
  }
  return true;
}

std::optional<ClusterNode> read_line(std::string_view line) {
  const auto words = words_of(line);
  ClusterNode node;
  if (words.size() < 8 || !read_address(words[1], node)) return std::nullopt;
  node.id = words[0];
  bool role = false;
  for (const std::string_view flag : split(words[2], ',')) {
    node.primary = node.primary || flag == "master";
    role = role || flag == "master" || flag == "slave" || flag == "replica";
    node.failed = node.failed || flag == "fail";
  }
  if (!role) return std::nullopt;
  if (words[3] != "-") node.primary_id = words[3];
  if (!read_slots(words, node)) return std::nullopt;
  return node;
}

}  // namespace

Result<std::vector<ClusterNode>> read_cluster_nodes(const SourcePtr& source) {
  std::vector<ClusterNode> nodes;
  Diagnostics problems;
  hook::SlotSet seen;
  int number = 0;
  for (const std::string_view raw : split(source->text, '\n')) {
    ++number;
    const std::string_view line = trim(raw);
    // valkey-cli prints the reply of a verbatim string with its type.
    if (line.empty() || line == "txt:") continue;
    const Position at{source.get(), number, 1};
    auto node = read_line(line);
    if (!node) {
      problems.push_back(error_at(kBadClusterNodes, at, "", "this is not a line of CLUSTER NODES",
                                  "pass what `redis-cli CLUSTER NODES` prints"));
      continue;
    }
    if (!(seen & node->slots).empty()) {
      problems.push_back(
          error_at(kSlotClaimedTwice, at, "",
                   "another node owns slot " + to_string(seen & node->slots) + " too"));
    }
    seen |= node->slots;
    nodes.push_back(std::move(*node));
  }
  if (nodes.empty() && problems.empty()) {
    problems.push_back(
        error_at(kBadClusterNodes, {source.get(), 1, 1}, "", "there is no node in this text"));
  }
  if (!problems.empty()) return tl::unexpected<Diagnostics>(std::move(problems));
  return nodes;
}

}  // namespace autocache::plan
