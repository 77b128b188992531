#include "runtime-hook/reader.h"

#include "base/text.h"

#include <algorithm>
#include <utility>

namespace autocache::hook {
namespace {

/// An answer of the name server is used again for this long as long as the address answers.
constexpr std::chrono::seconds kNameLifetime{5};
constexpr std::chrono::milliseconds kCpuInterval{500};

Reach reach_of(const Failure& failure) {
  switch (failure.kind) {
    case FailureKind::kRefused:
      return Reach::kRefused;
    case FailureKind::kNoSuchName:
      return Reach::kNoName;
    case FailureKind::kNameServer:
      return Reach::kNameServer;
    case FailureKind::kAuth:
      return Reach::kAuth;
    case FailureKind::kProtocol:
    case FailureKind::kTls:
      return Reach::kOdd;
    case FailureKind::kTimeout:
    case FailureKind::kClosed:
    case FailureKind::kUnreachable:
      return Reach::kSilent;
  }
  return Reach::kSilent;
}

Reach reach_of(const Reply& error) {
  if (error.is_error("LOADING")) {
    return Reach::kLoading;
  }
  if (error.is_error("NOAUTH") || error.is_error("NOPERM") || error.is_error("WRONGPASS")) {
    return Reach::kAuth;
  }
  if (error.text.find("cluster support disabled") != std::string::npos) {
    return Reach::kNotCluster;
  }
  return Reach::kOdd;
}

bool is_ours_by_name(const Desired& desired, const std::string& hostname) {
  if (hostname.empty() || desired.nodes.empty()) {
    return false;
  }
  const auto pod = parse_pod_name(desired.name, first_label(hostname));
  const std::size_t dot = hostname.find('.');
  for (const DesiredNode& node : desired.nodes) {
    if (node.name.empty()) {
      continue;
    }
    const std::size_t node_dot = node.at.host.find('.');
    const bool same_domain =
        dot == std::string::npos || node_dot == std::string::npos
            ? dot == node_dot
            : same_host_name("x" + hostname.substr(dot), "x" + node.at.host.substr(node_dot));
    return pod.has_value() && same_domain;
  }
  return false;
}

}  // namespace

TopologyReader::TopologyReader(Transport& transport, Clock& clock, const Desired& desired)
    : transport_(transport), clock_(clock), desired_(desired) {}

void TopologyReader::resolve(Place& place) {
  const auto known = names_.find(place.at.host);
  if (known != names_.end() && known->second.addresses &&
      clock_.now() - known->second.when < kNameLifetime) {
    place.ips = *known->second.addresses;
    return;
  }
  auto answer = transport_.resolve(place.at.host);
  if (answer) {
    place.ips = *answer;
  } else {
    place.reach = reach_of(answer.error());
    place.error = answer.error().message;
  }
  names_.insert_or_assign(place.at.host, Names{std::move(answer), clock_.now()});
}

Existence TopologyReader::exists(const std::string& host) {
  const auto answer = transport_.resolve(host);
  if (answer) {
    return Existence::kYes;
  }
  return answer.error().kind == FailureKind::kNoSuchName ? Existence::kNo : Existence::kUnknown;
}

Snapshot TopologyReader::read(const ReadOptions& options) {
  Snapshot snapshot;
  for (const DesiredNode& node : desired_.nodes) {
    snapshot.places.emplace_back().at = node.at;
  }
  for (const Endpoint& endpoint : desired_.surplus) {
    Place& place = snapshot.places.emplace_back();
    place.kind = Place::Kind::kSurplus;
    place.at = endpoint;
  }
  SnapshotBuilder builder(snapshot);
  ask(snapshot, builder, 0, options);
  const std::size_t known = snapshot.places.size();
  add_found(snapshot);
  if (snapshot.places.size() > known) {
    ask(snapshot, builder, known, options);
  }
  ask_nameless(snapshot, options);
  ask_service(snapshot);
  ask_details(snapshot, builder, options);
  return snapshot;
}

void TopologyReader::ask(Snapshot& snapshot,
                         SnapshotBuilder& builder,
                         std::size_t first_place,
                         const ReadOptions& options) {
  std::vector<Request> requests;
  std::vector<std::size_t> asked;
  for (std::size_t i = first_place; i < snapshot.places.size(); ++i) {
    Place& place = snapshot.places[i];
    resolve(place);
    if (place.ips.empty()) {
      continue;
    }
    asked.push_back(i);
    requests.push_back({place.at, {"INFO"}, 0, options.timeout});
    requests.push_back({place.at, {"CLUSTER", "INFO"}, 0, options.timeout});
    requests.push_back({place.at, {"CLUSTER", "NODES"}, 0, options.timeout});
  }
  const std::vector<Outcome> outcomes = transport_.call_all(std::move(requests));
  for (std::size_t i = 0; i < asked.size(); ++i) {
    take(snapshot, builder, asked[i], outcomes, i * 3);
    if (snapshot.places[asked[i]].reach != Reach::kUp) {
      names_.erase(snapshot.places[asked[i]].at.host);
    }
  }
}

void TopologyReader::take(Snapshot& snapshot,
                          SnapshotBuilder& builder,
                          std::size_t index,
                          const std::vector<Outcome>& outcomes,
                          std::size_t at) {
  Place& place = snapshot.places[index];
  for (std::size_t i = at; i < at + 3; ++i) {
    if (!outcomes[i]) {
      place.reach = reach_of(outcomes[i].error());
      place.error = outcomes[i].error().message;
      return;
    }
  }
  const ServerInfo info = parse_server_info(outcomes[at]->text);
  for (std::size_t i = at; i < at + 3; ++i) {
    if (outcomes[i]->is_error()) {
      place.reach = reach_of(*outcomes[i]);
      place.error = outcomes[i]->text;
      return;
    }
  }
  if (info.loading || !info.cluster_enabled) {
    place.reach = info.loading ? Reach::kLoading : Reach::kNotCluster;
    return;
  }
  const int member = builder.add_view(static_cast<int>(index), outcomes[at + 2]->text, info);
  if (member < 0) {
    place.reach = Reach::kOdd;
    place.error = "CLUSTER NODES cannot be read";
    return;
  }
  place.reach = Reach::kUp;
  builder.add_info(member, info, outcomes[at + 1]->text);
  CpuSample& sample = cpu_[snapshot.at(member).id];
  const TimePoint now = clock_.now();
  const auto passed = now - sample.when;
  if (sample.when == TimePoint{} || passed >= kCpuInterval) {
    const double seconds = std::chrono::duration<double>(passed).count();
    sample.percent = sample.when == TimePoint{}
                         ? -1
                         : static_cast<int>((info.cpu_seconds - sample.seconds) * 100 / seconds);
    sample.seconds = info.cpu_seconds;
    sample.when = now;
  }
  snapshot.at(member).cpu_percent = sample.percent;
}

void TopologyReader::add_found(Snapshot& snapshot) {
  std::set<std::string> hosts;
  bool nameless = false;
  for (Member& member : snapshot.members) {
    if (member.place >= 0) {
      continue;
    }
    nameless = nameless || (member.hostname.empty() && member.address >= 0);
    if (!is_ours_by_name(desired_, member.hostname)) {
      continue;
    }
    member.name = exists(member.hostname);
    const bool known = std::any_of(
        snapshot.places.begin(), snapshot.places.end(),
        [&](const Place& place) { return same_host_name(place.at.host, member.hostname); });
    if (!known && member.address >= 0 && member.name == Existence::kYes &&
        hosts.insert(member.hostname).second) {
      const Endpoint& address = snapshot.addresses[static_cast<std::size_t>(member.address)];
      Place& place = snapshot.places.emplace_back();
      place.kind = Place::Kind::kFound;
      place.at = {member.hostname, address.port, address.bus_port};
    }
  }
  if (nameless) {
    add_found_by_ordinal(snapshot);
  }
}

/// Redis 6.2 announces no names, and nobody knows the name of a node that was gone when they heard
/// of it: Pods beyond the wanted count are looked up by the names that they must have.
void TopologyReader::add_found_by_ordinal(Snapshot& snapshot) {
  const DesiredNode& sample = desired_.nodes.front();
  const auto pod = parse_pod_name(desired_.name, sample.name);
  const std::size_t dot = sample.at.host.find('.');
  if (!pod || dot == std::string::npos) {
    return;
  }
  const std::string domain = sample.at.host.substr(dot);
  snapshot.pods_accounted = true;
  const auto add = [&](const std::string& name) {
    const Endpoint at{name + domain, sample.at.port, sample.at.bus_port};
    const Existence there = exists(at.host);
    if (there != Existence::kYes) {
      snapshot.pods_accounted = snapshot.pods_accounted && there == Existence::kNo;
      return false;
    }
    const bool known =
        std::any_of(snapshot.places.begin(), snapshot.places.end(),
                    [&](const Place& place) { return same_host_name(place.at.host, at.host); });
    if (!known) {
      Place& place = snapshot.places.emplace_back();
      place.kind = Place::Kind::kFound;
      place.at = at;
    }
    snapshot.pods_accounted = false;
    return true;
  };
  const int per_shard = desired_.replicas_per_shard + 1;
  if (pod->second < 0) {
    for (int i = static_cast<int>(desired_.nodes.size());
         add(desired_.name + "-" + std::to_string(i)); ++i) {
    }
    return;
  }
  for (int shard = 0;; ++shard) {
    const std::string name = desired_.shard_name(shard) + "-";
    int i = shard < desired_.shards() ? per_shard : 0;
    const int first = i;
    while (add(name + std::to_string(i))) {
      ++i;
    }
    if (shard >= desired_.shards() && i == first) {
      return;
    }
  }
}

/// Asks whoever has the address of a member that no name leads to who he is. AutoCache servers list
/// nodes that no longer exist for ever, and nothing depends on them.
void TopologyReader::ask_nameless(Snapshot& snapshot, const ReadOptions& options) {
  if (desired_.engine == Engine::kAutocache) {
    return;
  }
  std::vector<Request> requests;
  std::vector<Member*> asked;
  for (Member& member : snapshot.members) {
    if (member.place >= 0 || !member.hostname.empty() || member.address < 0) {
      continue;
    }
    const Endpoint& address = snapshot.addresses[static_cast<std::size_t>(member.address)];
    if (!address.host.empty()) {
      asked.push_back(&member);
      requests.push_back({address, {"CLUSTER", "MYID"}, 0, options.timeout});
    }
  }
  const std::vector<Outcome> outcomes = transport_.call_all(std::move(requests));
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (outcomes[i]) {
      if (outcomes[i]->kind == ReplyKind::kBulk) {
        asked[i]->occupant =
            outcomes[i]->text == asked[i]->id ? Occupant::kItself : Occupant::kAnother;
      }
      continue;
    }
    const Reach reach = reach_of(outcomes[i].error());
    if (reach == Reach::kRefused || reach == Reach::kSilent) {
      asked[i]->occupant = Occupant::kNobody;
    }
  }
}

void TopologyReader::ask_service(Snapshot& snapshot) {
  const bool all_missing =
      std::all_of(snapshot.places.begin(), snapshot.places.end(),
                  [](const Place& place) { return place.reach == Reach::kNoName; });
  if (!all_missing) {
    return;
  }
  // cache-0.cache-headless[.shop.svc] -> cache[.shop.svc]
  const std::string& host = desired_.nodes.front().at.host;
  const std::size_t first = host.find('.');
  const std::size_t second = first == std::string::npos ? first : host.find('.', first + 1);
  std::string service = desired_.name;
  if (second != std::string::npos) {
    service += host.substr(second);
  } else if (!desired_.namespace_.empty()) {
    service += "." + desired_.namespace_;
  }
  snapshot.service = exists(service);
}

void TopologyReader::ask_details(Snapshot& snapshot,
                                 SnapshotBuilder& builder,
                                 const ReadOptions& options) {
  enum class What { kConfig, kJobs, kFunctions };
  struct Question {
    int member;
    What what;
    std::string name;
  };
  std::vector<Request> requests;
  std::vector<Question> questions;
  const auto put = [&](int member, What what, Argv argv, std::string name = {}) {
    requests.push_back({snapshot.endpoint_of(member), std::move(argv), 0, options.timeout});
    questions.push_back({member, what, std::move(name)});
  };
  const bool joining =
      std::any_of(snapshot.members.begin(), snapshot.members.end(), [](const Member& member) {
        return member.place >= 0 && member.primary && member.slots.empty();
      });
  for (int i = 0; i < static_cast<int>(snapshot.members.size()); ++i) {
    const Member& member = snapshot.at(i);
    if (member.place < 0 || member.product == Product::kAutocache) {
      continue;
    }
    for (const std::string& name : options.config) {
      put(i, What::kConfig, {"CONFIG", "GET", name}, name);
    }
    const bool valkey9 = member.product == Product::kValkey && member.version >= Version{9, 0, 0};
    if (valkey9 && member.primary) {
      put(i, What::kJobs, {"CLUSTER", "GETSLOTMIGRATIONS"});
    }
    if (joining && member.primary &&
        (member.product == Product::kValkey || member.version >= Version{7, 0, 0})) {
      put(i, What::kFunctions, {"FUNCTION", "LIST"});
    }
  }
  const std::vector<Outcome> outcomes = transport_.call_all(std::move(requests));
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!outcomes[i] || outcomes[i]->kind != ReplyKind::kArray) {
      continue;
    }
    const Reply& reply = *outcomes[i];
    Member& member = snapshot.at(questions[i].member);
    switch (questions[i].what) {
      case What::kConfig:
        for (std::size_t at = 0; at + 1 < reply.elements.size(); at += 2) {
          member.config[reply.elements[at].text] = reply.elements[at + 1].text;
        }
        break;
      case What::kJobs:
        builder.add_jobs(questions[i].member, reply);
        break;
      case What::kFunctions:
        member.functions = static_cast<int>(reply.elements.size());
        break;
    }
  }
}

}  // namespace autocache::hook
