#include "base/text.h"
#include "directives/directives.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace autocache::directives {
namespace {

constexpr Version kOldestRedis{6, 2};
constexpr Version kOldestValkey{7, 2};

/// Every release that the table tells apart, oldest first.
constexpr Version kRedisReleases[] = {kOldestRedis, {7, 0}, {7, 2}, {7, 4}, {8, 0}};
constexpr Version kValkeyReleases[] = {kOldestValkey, {8, 0}, {8, 1}, {9, 0}, {9, 1}};

std::span<const Version> releases(Engine engine) {
  if (engine == Engine::kRedis) return kRedisReleases;
  return kValkeyReleases;
}

struct Entry {
  std::string_view spelling;
  const Directive* row;
};

std::vector<Entry> build_index(std::span<const Directive> rows) {
  std::vector<Entry> index;
  for (const Directive& row : rows) {
    if (row.spellings.empty()) {
      index.push_back({row.name, &row});
      continue;
    }
    for (const std::string_view spelling : split(row.spellings, ' '))
      index.push_back({spelling, &row});
  }
  std::stable_sort(index.begin(), index.end(),
                   [](const Entry& a, const Entry& b) { return a.spelling < b.spelling; });
  return index;
}

/// The rows that have `name` among their spellings.
std::span<const Entry> rows_of(Engine engine, std::string_view name) {
  static const std::vector<Entry> kServers = build_index(table());
  static const std::vector<Entry> kAutocache = build_index(autocache_table());
  const std::vector<Entry>& index = engine == Engine::kAutocache ? kAutocache : kServers;
  const auto first =
      std::lower_bound(index.begin(), index.end(), name,
                       [](const Entry& e, std::string_view n) { return e.spelling < n; });
  auto last = first;
  while (last != index.end() && last->spelling == name) ++last;
  return {first, last};
}

std::optional<int> leading_number(std::string_view& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

}  // namespace

std::optional<Engine> parse_engine(std::string_view name) {
  if (name == "autocache") return Engine::kAutocache;
  if (name == "redis") return Engine::kRedis;
  if (name == "valkey") return Engine::kValkey;
  return std::nullopt;
}

std::string_view to_string(Engine engine) {
  if (engine == Engine::kAutocache) return "autocache";
  return engine == Engine::kRedis ? "redis" : "valkey";
}

Version newest(Engine engine) {
  return releases(engine).back();
}

std::optional<Version> parse_version(Engine engine, std::string_view text) {
  const auto major = leading_number(text);
  if (!major) return std::nullopt;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    if (const auto minor = leading_number(text)) return Version{*major, *minor};
  }
  Version found{*major, 0};
  for (const Version release : releases(engine)) {
    if (release.major == *major) found = release;
  }
  return found;
}

std::string_view to_string(Class value) {
  switch (value) {
    case Class::kLive:
      return "live";
    case Class::kRestartOnly:
      return "restart-only";
    case Class::kProtected:
      return "protected";
    case Class::kFileOnly:
      return "file-only";
    case Class::kIgnored:
      return "ignored";
  }
  return "";
}

const Directive* find(Engine engine, Version version, std::string_view name) {
  const std::string wanted = to_lower(name);
  const Version at =
      engine == Engine::kAutocache ? Version{} : std::max(version, releases(engine).front());
  for (const Entry& entry : rows_of(engine, wanted)) {
    if (engine == Engine::kAutocache) return entry.row;
    if ((engine == Engine::kRedis ? entry.row->redis : entry.row->valkey).contains(at))
      return entry.row;
  }
  return nullptr;
}

std::string canonical_name(std::string_view name) {
  std::string wanted = to_lower(name);
  const auto rows = rows_of(Engine::kRedis, wanted);
  for (const Entry& entry : rows) {
    if (entry.row->name == wanted) return wanted;
  }
  return rows.empty() ? wanted : std::string(rows.front().row->name);
}

std::string_view server_name(const Directive& directive) {
  return directive.spellings.empty() ? directive.name
                                     : directive.spellings.substr(0, directive.spellings.find(' '));
}

bool applies_live(const Directive& directive) {
  return directive.cls == Class::kIgnored ||
         (directive.cls == Class::kLive && directive.tie == Tie::kNone);
}

std::string_view restart_reason(const Directive& directive) {
  if (applies_live(directive)) return "";
  switch (directive.tie) {
    case Tie::kListen:
      return "container ports, Services, probes or the cluster bus depend on it";
    case Tie::kMount:
      return "it names a path in the container's volumes";
    case Tie::kIdentity:
      return "it is set for each Pod from the Pod's own address";
    case Tie::kCredential:
      return "clients, replicas and probes use it too";
    case Tie::kNone:
      break;
  }
  switch (directive.cls) {
    case Class::kProtected:
      return "the server refuses it while running (protected)";
    case Class::kFileOnly:
      return "the server reads it from its file at start only";
    default:
      return "the server reads it at start only";
  }
}

}  // namespace autocache::directives
