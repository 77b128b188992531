#include "runtime-hook/desired.h"

#include "base/json.h"
#include "base/number.h"
#include "base/text.h"

#include <algorithm>
#include <set>

namespace autocache::hook {
namespace {

constexpr std::string_view kSyntax = "AC4001";
constexpr std::string_view kUnknownKey = "AC4002";
constexpr std::string_view kBadValue = "AC4003";
constexpr std::int64_t kMaxNodes = 1000;

Diagnostic make_problem(std::string_view code,
                        std::string path,
                        std::string message,
                        std::string hint = {}) {
  Diagnostic problem;
  problem.code = code;
  problem.path = std::move(path);
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  return problem;
}

/// Reads members of one JSON object, remembers which were asked for, and collects every problem.
class Reader {
 public:
  Reader(const Json& object, std::string path, Diagnostics& problems)
      : object_(object), path_(std::move(path)), problems_(problems) {}

  void problem(std::string_view code,
               std::string path,
               std::string message,
               std::string hint = {}) {
    problems_.push_back(make_problem(code, std::move(path), std::move(message), std::move(hint)));
  }

  const Json* find(const char* key) {
    known_.insert(key);
    const auto it = object_.find(key);
    return it == object_.end() ? nullptr : &*it;
  }

  void text(const char* key, std::string& into) {
    if (const Json* value = find(key)) {
      if (value->is_string()) {
        into = value->get<std::string>();
      } else {
        problem(kBadValue, at(key), "must be a string");
      }
    }
  }

  template <class Int>
  void integer(const char* key, Int& into, std::int64_t low, std::int64_t high) {
    if (const Json* value = find(key)) {
      if (value->is_number_integer() && value->get<std::int64_t>() >= low &&
          value->get<std::int64_t>() <= high) {
        into = static_cast<Int>(value->get<std::int64_t>());
      } else {
        problem(kBadValue, at(key),
                "must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
      }
    }
  }

  /// Call last: every key that nobody asked for is a problem.
  void finish() {
    for (const auto& [key, value] : object_.items()) {
      if (!known_.contains(key)) {
        std::vector<std::string_view> names(known_.begin(), known_.end());
        const auto near = closest(key, names);
        problem(kUnknownKey, pointer_join(path_, key), "unknown key",
                near ? "did you mean \"" + std::string(*near) + "\"?" : "");
      }
    }
  }

  [[nodiscard]] std::string at(std::string_view key) const { return pointer_join(path_, key); }

 private:
  const Json& object_;
  std::string path_;
  Diagnostics& problems_;
  std::set<std::string> known_;
};

std::optional<Endpoint> read_endpoint(Reader& reader, const Json& value, const std::string& path) {
  if (value.is_string()) {
    if (auto endpoint = parse_endpoint(value.get_ref<const std::string&>())) {
      return endpoint;
    }
  }
  reader.problem(kBadValue, path, "must be host:port@bus-port",
                 "for example cache-0.cache-headless:6379@16379");
  return std::nullopt;
}

void read_nodes(Reader& reader, Desired& desired) {
  const Json* nodes = reader.find("nodes");
  if (nodes == nullptr || !nodes->is_array() || nodes->empty() || nodes->size() > kMaxNodes) {
    reader.problem(kBadValue, "/nodes", "must be an array of 1 to 1000 addresses");
    return;
  }
  std::set<Endpoint> seen;
  for (std::size_t i = 0; i < nodes->size(); ++i) {
    const std::string path = "/nodes/" + std::to_string(i);
    const auto endpoint = read_endpoint(reader, (*nodes)[i], path);
    if (!endpoint) {
      continue;
    }
    if (!seen.insert(*endpoint).second) {
      reader.problem(kBadValue, path, "is listed twice");
    }
    DesiredNode& node = desired.nodes.emplace_back();
    node.at = *endpoint;
    node.name = is_address(endpoint->host) ? "" : std::string(first_label(endpoint->host));
  }
}

void read_surplus(Reader& reader, Desired& desired) {
  const Json* surplus = reader.find("surplus");
  if (surplus == nullptr) {
    return;
  }
  if (!surplus->is_array()) {
    reader.problem(kBadValue, "/surplus", "must be an array of addresses");
    return;
  }
  for (std::size_t i = 0; i < surplus->size(); ++i) {
    const std::string path = "/surplus/" + std::to_string(i);
    const auto endpoint = read_endpoint(reader, (*surplus)[i], path);
    if (!endpoint) {
      continue;
    }
    const bool wanted = std::any_of(desired.nodes.begin(), desired.nodes.end(),
                                    [&](const DesiredNode& node) { return node.at == *endpoint; });
    if (wanted) {
      reader.problem(kBadValue, path, "is a desired node too");
    }
    desired.surplus.push_back(*endpoint);
  }
}

void read_placement(Reader& reader, Desired& desired, Diagnostics& problems) {
  const Json* placement = reader.find("placement");
  if (placement == nullptr) {
    return;
  }
  if (!placement->is_array() ||
      (!placement->empty() && placement->size() != desired.nodes.size())) {
    reader.problem(kBadValue, "/placement", "must be an array with one entry for each node");
    return;
  }
  desired.placed = !placement->empty();
  for (std::size_t i = 0; i < placement->size(); ++i) {
    const std::string path = "/placement/" + std::to_string(i);
    if (!(*placement)[i].is_object()) {
      reader.problem(kBadValue, path, "must be an object");
      continue;
    }
    Reader entry((*placement)[i], path, problems);
    entry.text("host", desired.nodes[i].placement.host);
    entry.text("zone", desired.nodes[i].placement.zone);
    entry.finish();
  }
}

std::optional<int> read_shard(const Desired& desired, std::string_view shard) {
  const auto pod = parse_pod_name(desired.name, shard);
  if (!pod || pod->second >= 0 || pod->first >= desired.shards()) {
    return std::nullopt;
  }
  return pod->first;
}

void read_slot_plan(Reader& reader, Desired& desired) {
  const Json* plan = reader.find("slotPlan");
  if (plan == nullptr || (plan->is_object() && plan->empty())) {
    return;
  }
  if (!plan->is_object()) {
    reader.problem(kBadValue, "/slotPlan", "must be an object of slot ranges and shards");
    return;
  }
  SlotMap owners = empty_slot_map();
  for (const auto& [key, value] : plan->items()) {
    const std::string path = pointer_join("/slotPlan", key);
    const auto slots = parse_slots(key);
    const auto shard =
        value.is_string() ? read_shard(desired, value.get_ref<const std::string&>()) : std::nullopt;
    if (!slots || slots->empty()) {
      reader.problem(kBadValue, path, "must be a slot range in 0-16383", "for example 0-8191");
    }
    if (!shard) {
      reader.problem(kBadValue, path, "names no shard",
                     "shards are " + desired.shard_name(0) + " to " +
                         desired.shard_name(desired.shards() - 1));
    }
    if (!slots || !shard) {
      continue;
    }
    for (const int slot : slots->slots()) {
      auto& owner = owners[static_cast<std::size_t>(slot)];
      if (owner != kNoOwner) {
        reader.problem(kBadValue, path, "slot " + std::to_string(slot) + " is named twice");
        break;
      }
      owner = *shard;
    }
  }
  desired.slot_plan = owners;
}

void read_config(Reader& reader, Desired& desired) {
  const Json* config = reader.find("config");
  if (config == nullptr) {
    return;
  }
  if (!config->is_object()) {
    reader.problem(kBadValue, "/config", "must be an object of directives and values");
    return;
  }
  auto& values = desired.config.emplace();
  for (const auto& [key, value] : config->items()) {
    if (value.is_string()) {
      values[key] = value.get<std::string>();
    } else if (value.is_number() || value.is_boolean()) {
      values[key] = value.is_boolean() ? (value.get<bool>() ? "yes" : "no") : value.dump();
    } else {
      reader.problem(kBadValue, pointer_join("/config", key), "must be a string");
    }
  }
}

template <class Enum>
void read_word(Reader& reader,
               const char* key,
               std::initializer_list<std::pair<std::string_view, Enum>> words,
               Enum& into) {
  std::string word;
  reader.text(key, word);
  if (word.empty() && reader.find(key) == nullptr) {
    return;
  }
  std::string all;
  for (const auto& [name, value] : words) {
    if (name == word) {
      into = value;
      return;
    }
    all += all.empty() ? "" : ", ";
    all += name;
  }
  reader.problem(kBadValue, reader.at(key), "must be one of " + all);
}

void read_access(Reader& reader, Desired& desired, Diagnostics& problems) {
  if (const Json* auth = reader.find("auth"); auth != nullptr && !auth->is_null()) {
    if (auth->is_object()) {
      Reader entry(*auth, "/auth", problems);
      AuthFile& file = desired.auth.emplace();
      entry.text("username", file.username);
      entry.text("passwordFile", file.password_file);
      if (file.password_file.empty()) {
        entry.problem(kBadValue, "/auth/passwordFile", "must name a file");
      }
      entry.finish();
    } else {
      reader.problem(kBadValue, "/auth", "must be an object");
    }
  }
  if (const Json* tls = reader.find("tls"); tls != nullptr && !tls->is_null()) {
    if (tls->is_object()) {
      Reader entry(*tls, "/tls", problems);
      entry.text("caFile", desired.tls_ca_file.emplace());
      entry.finish();
    } else {
      reader.problem(kBadValue, "/tls", "must be an object");
    }
  }
  if (const Json* load = reader.find("loadAware"); load != nullptr && !load->is_null()) {
    if (load->is_object()) {
      Reader entry(*load, "/loadAware", problems);
      LoadAware& values = desired.load_aware.emplace();
      entry.integer("cpuThreshold", values.cpu_threshold, 1, 100);
      entry.integer("memoryThreshold", values.memory_threshold, 1, 100);
      entry.finish();
    } else {
      reader.problem(kBadValue, "/loadAware", "must be an object");
    }
  }
}

void read_shape(Reader& reader, Desired& desired) {
  const Json* version = reader.find("version");
  if (version == nullptr || *version != 1) {
    reader.problem(kBadValue, "/version", "must be 1");
  }
  reader.text("name", desired.name);
  if (desired.name.empty()) {
    reader.problem(kBadValue, "/name", "must name the cluster");
  }
  reader.text("namespace", desired.namespace_);
  if (reader.find("engine") == nullptr) {
    reader.problem(kBadValue, "/engine", "must be one of autocache, redis, valkey");
  }
  read_word(
      reader, "engine",
      {{"autocache", Engine::kAutocache}, {"redis", Engine::kRedis}, {"valkey", Engine::kValkey}},
      desired.engine);
  read_nodes(reader, desired);
  reader.integer("replicasPerShard", desired.replicas_per_shard, 0, kMaxNodes - 1);
  const int per_shard = desired.replicas_per_shard + 1;
  if (!desired.nodes.empty() && static_cast<int>(desired.nodes.size()) % per_shard != 0) {
    reader.problem(kBadValue, "/nodes",
                   std::to_string(desired.nodes.size()) + " nodes do not divide into shards of " +
                       std::to_string(per_shard));
  }
}

}  // namespace

Result<Desired> parse_desired(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  Diagnostics problems;
  if (json.is_discarded() || !json.is_object()) {
    return failure(
        make_problem(kSyntax, "", json.is_discarded() ? "is not JSON" : "must be a JSON object"));
  }
  Desired desired;
  Reader reader(json, "", problems);
  read_shape(reader, desired);
  read_surplus(reader, desired);
  read_placement(reader, desired, problems);
  read_slot_plan(reader, desired);
  read_config(reader, desired);
  reader.integer("rateLimitMBps", desired.rate_limit_mbps, 0, 1'000'000);
  std::int64_t seconds = desired.timeout.count();
  reader.integer("timeoutSeconds", seconds, 1, 7 * 86400);
  desired.timeout = std::chrono::seconds(seconds);
  read_word(reader, "onFull", {{"Refuse", OnFull::kRefuse}, {"Evict", OnFull::kEvict}},
            desired.on_full);
  if (const Json* storage = reader.find("storage")) {
    if (storage->is_boolean()) {
      desired.storage = storage->get<bool>() ? Storage::kPersistent : Storage::kNone;
    } else {
      reader.problem(kBadValue, "/storage", "must be true or false");
    }
  }
  read_access(reader, desired, problems);
  reader.finish();
  if (!problems.empty()) {
    return tl::unexpected<Diagnostics>(std::move(problems));
  }
  return desired;
}

std::optional<PodName> parse_pod_name(std::string_view cluster, std::string_view pod) {
  if (!pod.starts_with(cluster) || pod.size() < cluster.size() + 2 || pod[cluster.size()] != '-') {
    return std::nullopt;
  }
  const std::vector<std::string_view> numbers = split(pod.substr(cluster.size() + 1), '-');
  if (numbers.size() > 2) {
    return std::nullopt;
  }
  PodName name;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::string_view digits = numbers[i];
    int& into = i == 0 ? name.first : name.second;
    const auto number = parse_number<unsigned>(digits);
    const bool padded = digits.size() > 1 && digits[0] == '0';
    if (!number || padded || digits.size() > 6) {
      return std::nullopt;
    }
    into = static_cast<int>(*number);
  }
  return name;
}

std::string_view first_label(std::string_view host) {
  return host.substr(0, host.find('.'));
}

bool same_host_name(std::string_view a, std::string_view b) {
  const std::string_view& shorter = a.size() < b.size() ? a : b;
  const std::string_view& longer = a.size() < b.size() ? b : a;
  if (shorter.find('.') == std::string_view::npos || !longer.starts_with(shorter)) {
    return !a.empty() && a == b;
  }
  return longer.size() == shorter.size() || longer[shorter.size()] == '.';
}

}  // namespace autocache::hook
