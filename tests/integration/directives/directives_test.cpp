// The whole table of src/directives against real servers: which directives exist, under which
// names, with which defaults, what CONFIG SET takes and refuses, and that a value reads back as the
// same canonical value. AUTOCACHE_SERVERS names a folder with NAME/bin/server for the six releases.

#include "directives/directives.h"

#include "base/text.h"
#include "integration/directives/server.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

using namespace autocache::directives;
using autocache::testing::Server;

namespace {

struct Release {
  const char* name;
  Engine engine;
  Version version;
};

constexpr Release kReleases[] = {
    {"redis-6.2", Engine::kRedis, {6, 2}},   {"redis-7.0", Engine::kRedis, {7, 0}},
    {"redis-8.0", Engine::kRedis, {8, 0}},   {"valkey-8.0", Engine::kValkey, {8, 0}},
    {"valkey-8.1", Engine::kValkey, {8, 1}}, {"valkey-9.1", Engine::kValkey, {9, 1}},
};

int failures = 0;
int checks = 0;

void check(bool holds,
           const Release& release,
           const std::string& subject,
           const std::string& what) {
  ++checks;
  if (holds) return;
  ++failures;
  std::printf("%s: %s: %s\n", release.name, subject.c_str(), what.c_str());
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

/// Refused for what the program was built with, or for what is not set up here, not because the
/// server is running.
bool is_refused_by_build(const std::string& error) {
  return contains(error, "No RDMA building support") || contains(error, "modified Jemalloc") ||
         contains(error, "Unable to update TLS configuration") || contains(error, "bind addresses");
}

bool is_refused_as(Class cls, const std::string& error) {
  const bool unknown =
      contains(error, "Unknown option") || contains(error, "Unsupported CONFIG parameter");
  switch (cls) {
    case Class::kLive:
      return error.empty() || is_refused_by_build(error);
    case Class::kRestartOnly:
      return contains(error, "can't set immutable config") ||
             contains(error, "Unsupported CONFIG parameter");
    case Class::kProtected:
      return contains(error, "can't set protected config");
    case Class::kFileOnly:
    case Class::kIgnored:
      return unknown;
  }
  return false;
}

/// Values for directives whose next valid value cannot be guessed from the present one.
const std::pair<const char*, const char*> kOthers[] = {
    {"acl-pubsub-default", "resetchannels"},
    {"appendfsync", "always"},
    {"availability-zone", "zone-1"},
    {"bind", "127.0.0.1"},
    {"cluster-announce-hostname", "cache-0.example.com"},
    {"cluster-announce-human-nodename", "cache-0"},
    {"cluster-announce-ip", "10.0.0.1"},
    {"client-output-buffer-limit", "slave 1gb 64mb 61"},
    {"cluster-config-save-behavior", "best-effort"},
    {"cluster-preferred-endpoint-type", "hostname"},
    {"dbfilename", "other.rdb"},
    {"dir", "/"},
    {"latency-tracking-info-percentiles", "50 99"},
    {"log-format", "logfmt"},
    {"log-timestamp-format", "iso8601"},
    {"loglevel", "VERBOSE"},
    {"masterauth", "another"},
    {"masteruser", "another"},
    {"maxmemory-clients", "5%"},
    {"maxmemory-policy", "AllKeys-LRU"},
    {"notify-keyspace-events", "KEA"},
    // Without a listener; the connection of this test stays.
    {"port", "0"},
    {"oom-score-adj-values", "0 200 801"},
    {"propagation-error-behavior", "panic"},
    {"proc-title-template", "{title} {port}"},
    {"rdb-version-check", "relaxed"},
    {"repl-diskless-load", "swapdb"},
    {"replica-announce-ip", "10.0.0.1"},
    {"requirepass", "another"},
    {"sanitize-dump-payload", "clients"},
    {"save", "3600 1"},
    {"shutdown-on-sigint", "nosave now"},
    {"shutdown-on-sigterm", "save"},
    {"tls-auth-clients", "optional"},
    {"tls-auth-clients-user", "CN"},
    {"watchdog-period", "200"},
};

/// Another value for `directive` than `present`, spelled as a person might; the same value if there
/// is none to try.
std::string other_value(const Directive& directive, const std::string& present) {
  for (const auto& [name, value] : kOthers) {
    if (directive.name == name) return value;
  }
  switch (directive.kind) {
    case Kind::kBool:
      return present == "yes" ? "NO" : "Yes";
    case Kind::kMemory:
      return present == "67108864" ? "65mb" : "64MB";
    case Kind::kInt:
      return std::to_string(std::atoll(present.c_str()) + 1);
    default:
      return present;
  }
}

void check_listed(const Release& release, Server& server) {
  bool with_tls = false;
  const auto listed = server.all();
  for (const auto& [name, value] : listed) {
    with_tls = with_tls || name == "tls-cert-file";
    const Directive* found = find(release.engine, release.version, name);
    check(found != nullptr, release, name, "CONFIG GET * lists it, the table does not");
    if (found == nullptr) continue;
    check(found->listing != Listing::kHidden, release, name, "listed, but the table says hidden");
    const bool ours = name == "port" || name == "dir" || name == "maxclients";
    check(ours || value == found->default_value, release, name,
          "default \"" + value + "\", the table has \"" + std::string(found->default_value) + "\"");
  }
  check(listed.size() > 140, release, "CONFIG GET *", "lists too little");

  for (const Directive& row : table()) {
    if (find(release.engine, release.version, server_name(row)) != &row) continue;
    if (row.listing == Listing::kHidden || row.cls == Class::kFileOnly) continue;
    if (row.listing == Listing::kWithTls && !with_tls) continue;
    const std::string name(server_name(row));
    check(listed.count(name) == 1, release, name,
          "the table has it, CONFIG GET * does not list it");
  }
}

void check_row(const Release& release,
               Server& server,
               const Directive& row,
               std::string_view spelling_view) {
  const std::string spelling(spelling_view);
  const auto present = server.get(spelling);
  if (!present && row.listing == Listing::kWithTls) return;
  const bool known_to_config = row.cls != Class::kFileOnly && row.cls != Class::kIgnored;
  check(present.has_value() == known_to_config, release, spelling,
        "CONFIG GET knows it or not, unlike the table");

  const std::string before = present.value_or(std::string(row.default_value));
  const std::string same = server.set(spelling, before);
  check(is_refused_as(row.cls, same), release, spelling,
        std::string(to_string(row.cls)) + ", but: " + same);

  const std::string other = other_value(row, before);
  const std::string changed = server.set(spelling, other);
  check(is_refused_as(row.cls, changed), release, spelling,
        std::string(to_string(row.cls)) + ", but for " + other + ": " + changed);
  if (row.cls != Class::kLive || !changed.empty()) return;

  const auto after = server.get(spelling);
  check(after && canonical_value(row, *after) == canonical_value(row, other), release, spelling,
        "set to " + other + ", reads back as " + after.value_or("nothing"));
  if (before != other) server.set(spelling, before);
}

void check_release(const Release& release, const std::string& program) {
  const auto server = Server::start(program);
  check(server != nullptr, release, program, "does not start");
  if (!server) return;
  check_listed(release, *server);
  int rows = 0;
  for (const Directive& row : table()) {
    const std::string_view spellings = row.spellings.empty() ? row.name : row.spellings;
    for (const std::string_view spelling : autocache::split(spellings, ' ')) {
      if (find(release.engine, release.version, spelling) != &row) continue;
      ++rows;
      check_row(release, *server, row, spelling);
    }
  }
  std::printf("%s: %d names\n", release.name, rows);
}

}  // namespace

int main() {
  const char* servers = std::getenv("AUTOCACHE_SERVERS");
  if (servers == nullptr) {
    std::puts("skipped: AUTOCACHE_SERVERS does not name a folder with the six servers");
    const char* ci = std::getenv("AUTOCACHE_CI");
    return ci != nullptr && std::string(ci) == "1" ? 1 : 77;
  }
  for (const Release& release : kReleases) {
    const std::filesystem::path program =
        std::filesystem::path(servers) / release.name / "bin" / "server";
    check(std::filesystem::exists(program), release, program.string(), "is not there");
    if (std::filesystem::exists(program)) check_release(release, program.string());
  }
  std::printf("%d checks, %d failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
