#include "runtime-hook/cluster_nodes.h"

#include "runtime-hook/info.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace autocache::hook {
namespace {

/// The next word of `text`, cut off its front with the separator behind it.
std::string_view next_word(std::string_view& text, char separator = ' ') {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

std::uint16_t read_flags(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, int>, 9> kFlags{
      {{"myself", kMyself},
       {"master", kPrimaryFlag},
       {"primary", kPrimaryFlag},
       {"slave", kReplicaFlag},
       {"replica", kReplicaFlag},
       {"fail?", kMaybeFailed},
       {"fail", kFailed},
       {"handshake", kHandshake},
       {"noaddr", kNoAddress}}};
  int flags = 0;
  while (!text.empty()) {
    const std::string_view word = next_word(text, ',');
    for (const auto& [name, flag] : kFlags) {
      flags |= name == word ? flag : 0;
    }
  }
  return static_cast<std::uint16_t>(flags);
}

std::optional<NodeLine> read_line(std::string_view text) {
  NodeLine line;
  line.id = next_word(text);
  std::string_view where = next_word(text);
  line.flags = read_flags(next_word(text));
  line.primary = next_word(text);
  next_word(text);  // when it was pinged
  line.pong = leading_number<std::int64_t>(next_word(text));
  line.epoch = leading_number<std::uint64_t>(next_word(text));
  const std::string_view link = next_word(text);
  if (line.id.empty() || where.empty() || link.empty()) {
    return std::nullopt;
  }
  line.connected = link == "connected";
  line.slots = text;
  // ip:port@bus[,hostname[,name=value...]]; the ip may be IPv6, so the last colon counts.
  std::string_view address = next_word(where, ',');
  const std::string_view hostname = next_word(where, ',');
  if (hostname != "?" && hostname.find('=') == std::string_view::npos) {
    line.hostname = hostname;
  }
  const std::string_view bus = address.substr(std::min(address.find('@'), address.size()));
  address.remove_suffix(bus.size());
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  line.ip = address.substr(0, colon);
  line.port = leading_number<int>(address.substr(colon + 1));
  line.bus_port = bus.empty() ? line.port + 10000 : leading_number<int>(bus.substr(1));
  return line;
}

/// "5->-ID" or "5-<-ID".
std::optional<OpenMark> read_open_mark(std::string_view text) {
  const std::size_t mark = text.find('-');
  if (mark == std::string_view::npos || text.size() < mark + 4) {
    return std::nullopt;
  }
  OpenMark open;
  open.slot = leading_number<int>(text.substr(0, mark), -1);
  open.kind = text[mark + 1] == '>' ? OpenKind::kMigrating : OpenKind::kImporting;
  open.other = text.substr(mark + 3);
  return open.slot >= 0 && open.slot < kSlotCount ? std::optional(open) : std::nullopt;
}

}  // namespace

SlotSet LineSlots::owned_set() const {
  SlotSet set;
  for (const SlotRange range : owned) {
    set.insert(range);
  }
  return set;
}

std::vector<NodeLine> read_cluster_nodes(std::string_view text) {
  std::vector<NodeLine> nodes;
  while (!text.empty()) {
    std::string_view line = next_word(text, '\n');
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.empty()) {
      continue;
    }
    const std::optional<NodeLine> node = read_line(line);
    if (!node) {
      return {};
    }
    nodes.push_back(*node);
  }
  return nodes;
}

std::vector<NodeLine> read_cluster_nodes(const Outcome& answer) {
  return answer && !answer->is_error() ? read_cluster_nodes(std::string_view(answer->text))
                                       : std::vector<NodeLine>();
}

LineSlots slots_of_line(const NodeLine& line) {
  LineSlots slots;
  std::string_view text = line.slots;
  while (!text.empty()) {
    const std::string_view word = next_word(text);
    if (word.starts_with('[') && word.ends_with(']')) {
      if (const auto open = read_open_mark(word.substr(1, word.size() - 2))) {
        slots.open.push_back(*open);
      }
    } else if (const auto range = parse_slot_range(word)) {
      slots.owned.push_back(*range);
    }
  }
  return slots;
}

const NodeLine* myself_of(const std::vector<NodeLine>& nodes) {
  const auto found = std::find_if(nodes.begin(), nodes.end(),
                                  [](const NodeLine& node) { return node.has(kMyself); });
  return found == nodes.end() ? nullptr : &*found;
}

SlotSet owned_slots(const std::vector<NodeLine>& nodes, std::string_view id) {
  const auto found = std::find_if(nodes.begin(), nodes.end(),
                                  [id](const NodeLine& node) { return node.id == id; });
  return found == nodes.end() ? SlotSet() : slots_of_line(*found).owned_set();
}

std::vector<OpenMark> open_slots(const std::vector<NodeLine>& nodes) {
  const NodeLine* myself = myself_of(nodes);
  return myself == nullptr ? std::vector<OpenMark>() : slots_of_line(*myself).open;
}

}  // namespace autocache::hook
