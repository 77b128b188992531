#include "runtime-hook/copy_node.h"

#include <algorithm>
#include <utility>

namespace autocache::hook {
namespace {

constexpr int kLane = 10;
constexpr std::chrono::milliseconds kTimeout{60'000};
/// Keys in one pipeline, and bytes of values in one.
constexpr std::size_t kKeysAtOnce = 512;
constexpr std::int64_t kBytesAtOnce = std::int64_t{1} << 20;
/// What is assumed of values that are no strings.
constexpr std::int64_t kOtherSize = 2048;
/// No node has this ID: what it owns is frozen.
constexpr const char* kNobody = "autocache-hook";

}  // namespace

Request CopyNode::request(Argv argv) const {
  return {node_.endpoint, std::move(argv), kLane, kTimeout};
}

std::vector<Outcome> CopyNode::wait(MoveContext& context, std::vector<Request> requests) {
  std::vector<Outcome> answers;
  context.loop.exchange(std::move(requests),
                        [&](std::vector<Outcome>& outcomes) { answers = std::move(outcomes); });
  context.loop.run();
  return answers;
}

std::vector<Outcome> CopyNode::ask(const std::vector<Argv>& commands) {
  std::vector<Request> requests;
  requests.reserve(commands.size());
  for (const Argv& argv : commands) {
    requests.push_back(request(argv));
  }
  return wait(context_, std::move(requests));
}

CopyProblem CopyNode::problem(const std::string& message) const {
  return {to_string(node_.endpoint) + ": " + message, ""};
}

CopyResult CopyNode::all_ok(const std::vector<Outcome>& outcomes, std::string_view ignored) const {
  for (const Outcome& outcome : outcomes) {
    const std::string why = problem_of(outcome);
    if (!why.empty() && (ignored.empty() || !outcome || !outcome->is_error(ignored))) {
      return problem(why);
    }
  }
  return std::nullopt;
}

CopyResult CopyNode::set_owner(const std::vector<int>& slots, const std::string& owner) {
  std::vector<Argv> commands;
  commands.reserve(slots.size());
  for (const int slot : slots) {
    commands.push_back({"CLUSTER", "SETSLOT", std::to_string(slot), "NODE", owner});
  }
  return all_ok(ask(commands));
}

CopyResult CopyNode::freeze(const std::vector<int>& slots) {
  return set_owner(slots, kNobody);
}

tl::expected<std::vector<std::int64_t>, CopyProblem> CopyNode::counts(
    const std::vector<int>& slots) {
  std::vector<Argv> commands;
  commands.reserve(slots.size());
  for (const int slot : slots) {
    commands.push_back({"CLUSTER", "COUNTKEYSINSLOT", std::to_string(slot)});
  }
  const std::vector<Outcome> outcomes = ask(commands);
  if (const CopyResult failed = all_ok(outcomes)) {
    return tl::unexpected(*failed);
  }
  std::vector<std::int64_t> numbers;
  numbers.reserve(outcomes.size());
  for (const Outcome& outcome : outcomes) {
    numbers.push_back(outcome->integer);
  }
  return numbers;
}

tl::expected<std::vector<std::string>, CopyProblem> CopyNode::keys_in(
    const std::vector<int>& slots) {
  std::vector<Argv> commands;
  commands.reserve(slots.size());
  for (const int slot : slots) {
    // 0: all of them. It sorts the keys of the slot for each call, so asking in pieces is slower.
    commands.push_back({"CLUSTER", "GETKEYSINSLOT", std::to_string(slot), "0"});
  }
  std::vector<Outcome> outcomes = ask(commands);
  if (const CopyResult failed = all_ok(outcomes)) {
    return tl::unexpected(*failed);
  }
  std::vector<std::string> keys;
  for (Outcome& outcome : outcomes) {
    for (Reply& key : outcome->elements) {
      keys.push_back(std::move(key.text));
    }
  }
  return keys;
}

tl::expected<std::vector<CopyNode::Found>, CopyProblem> CopyNode::look_at(
    const std::vector<std::string>& keys, std::size_t first, std::size_t last) {
  std::vector<Argv> commands;
  for (std::size_t i = first; i < last; ++i) {
    commands.push_back({"TYPE", keys[i]});
    commands.push_back({"PTTL", keys[i]});
    commands.push_back({"STRLEN", keys[i]});
  }
  const std::vector<Outcome> outcomes = ask(commands);
  if (const CopyResult failed = all_ok(outcomes, "WRONGTYPE")) {
    return tl::unexpected(*failed);
  }
  std::vector<Found> found;
  for (std::size_t i = first; i < last; ++i) {
    const Reply& kind = *outcomes[(i - first) * 3];
    const std::int64_t ttl = outcomes[(i - first) * 3 + 1]->integer;
    const Reply& length = *outcomes[(i - first) * 3 + 2];
    // -2 in its own unit is -2000 here, and a key without a TTL answers 0 (or -1, -1000).
    if (kind.text == "none" || ttl == -2 || ttl == -2000) {
      continue;
    }
    const auto type = parse_copy_type(kind.text);
    if (!type) {
      return tl::unexpected(CopyProblem{
          problem("key \"" + keys[i] + "\" is a " + kind.text + ", which cannot be copied").message,
          "delete or convert the key, then run again"});
    }
    found.push_back({i, *type, std::max<std::int64_t>(ttl, 0),
                     length.is_error() ? kOtherSize : length.integer});
  }
  return found;
}

tl::expected<std::vector<std::vector<std::string>>, CopyProblem> CopyNode::scores_of(
    const std::vector<std::string>& keys,
    const std::vector<Found>& found,
    const std::vector<Outcome>& values) {
  std::vector<Argv> commands;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i].type == CopyType::kSortedSet) {
      for (const Reply& member : values[i]->elements) {
        commands.push_back({"ZSCORE", keys[found[i].index], member.text});
      }
    }
  }
  const std::vector<Outcome> outcomes = commands.empty() ? std::vector<Outcome>() : ask(commands);
  if (const CopyResult failed = all_ok(outcomes)) {
    return tl::unexpected(*failed);
  }
  std::vector<std::vector<std::string>> scores(found.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i].type == CopyType::kSortedSet) {
      for (std::size_t member = 0; member < values[i]->elements.size(); ++member) {
        scores[i].push_back(outcomes[next++]->text);
      }
    }
  }
  return scores;
}

tl::expected<std::vector<CopiedKey>, CopyProblem> CopyNode::read_piece(
    const std::vector<std::string>& keys, const std::vector<Found>& found) {
  std::vector<Argv> commands;
  commands.reserve(found.size());
  for (const Found& key : found) {
    commands.push_back(read_command(key.type, keys[key.index]));
  }
  const std::vector<Outcome> values = ask(commands);
  if (const CopyResult failed = all_ok(values)) {
    return tl::unexpected(*failed);
  }
  const auto scores = scores_of(keys, found, values);
  if (!scores) {
    return tl::unexpected(scores.error());
  }
  std::vector<CopiedKey> copied;
  copied.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::string& name = keys[found[i].index];
    const Reply& value = *values[i];
    if (value.kind == ReplyKind::kNull ||
        (value.kind == ReplyKind::kArray && value.elements.empty())) {
      continue;  // expired meanwhile
    }
    auto payload = restore_payload(found[i].type, value, (*scores)[i]);
    if (!payload) {
      return tl::unexpected(
          CopyProblem{problem("key \"" + name + "\" cannot be copied: " + payload.error()).message,
                      "this server can only copy values that JSON can hold: change or delete the "
                      "key, then run again"});
    }
    copied.push_back({name, found[i].type, found[i].ttl, std::move(*payload)});
  }
  return copied;
}

CopyResult CopyNode::read(const std::vector<std::string>& keys, const Take& take) {
  for (std::size_t first = 0; first < keys.size(); first += kKeysAtOnce) {
    const auto found = look_at(keys, first, std::min(first + kKeysAtOnce, keys.size()));
    if (!found) {
      return found.error();
    }
    std::vector<Found> piece;
    std::int64_t bytes = 0;
    for (std::size_t i = 0; i < found->size(); ++i) {
      piece.push_back((*found)[i]);
      bytes += (*found)[i].size;
      const bool last = i + 1 == found->size();
      if (!last && bytes + (*found)[i + 1].size <= kBytesAtOnce) {
        continue;
      }
      auto copied = read_piece(keys, piece);
      if (!copied) {
        return copied.error();
      }
      if (CopyResult failed = take(*copied)) {
        return failed;
      }
      piece.clear();
      bytes = 0;
    }
  }
  return std::nullopt;
}

CopyResult CopyNode::restore(const std::vector<CopiedKey>& keys, OnExisting existing) {
  std::vector<Argv> commands;
  commands.reserve(keys.size());
  for (const CopiedKey& key : keys) {
    commands.push_back(restore_command(key, existing));
  }
  return all_ok(ask(commands), existing == OnExisting::kKeep ? "BUSYKEY" : "");
}

CopyResult CopyNode::discard(const std::vector<std::string>& keys) {
  for (std::size_t first = 0; first < keys.size(); first += kKeysAtOnce) {
    std::vector<Argv> commands;
    for (std::size_t i = first; i < std::min(first + kKeysAtOnce, keys.size()); ++i) {
      commands.push_back(discard_command(keys[i]));
    }
    if (CopyResult failed = all_ok(ask(commands))) {
      return failed;
    }
  }
  return std::nullopt;
}

tl::expected<std::vector<bool>, CopyProblem> CopyNode::serves(
    const std::vector<std::string>& keys) {
  std::vector<Argv> commands;
  commands.reserve(keys.size());
  for (const std::string& key : keys) {
    commands.push_back({"PTTL", key});
  }
  const std::vector<Outcome> outcomes = ask(commands);
  if (const CopyResult failed = all_ok(outcomes, "MOVED")) {
    return tl::unexpected(*failed);
  }
  std::vector<bool> serves;
  serves.reserve(outcomes.size());
  for (const Outcome& outcome : outcomes) {
    serves.push_back(!outcome->is_error());
  }
  return serves;
}

}  // namespace autocache::hook
