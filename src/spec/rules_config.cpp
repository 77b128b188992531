// config.custom: directives that autocache manages, that the server does not know or would refuse,
// and text that would become more than one directive.

#include "base/json.h"
#include "base/text.h"
#include "directives/config_text.h"
#include "spec/codes.h"
#include "spec/get.h"
#include "spec/rules.h"
#include "spec/say.h"

#include <algorithm>
#include <array>

namespace autocache::spec {
namespace {

using directives::Engine;

/// A directive that is not the user's to write, by its canonical name, and what to do instead.
struct Managed {
  std::string_view name;
  std::string_view instead;
};

constexpr std::array kManaged{
    Managed{"aclfile", "use auth"},
    Managed{"appendonly", "use storage.persistenceMode"},
    Managed{"bind", "the server listens on all addresses of its Pod"},
    Managed{"cluster-announce-bus-port", "use clusterPort"},
    Managed{"cluster-announce-hostname", "each Pod announces its own name"},
    Managed{"cluster-announce-ip", "each Pod announces its own address"},
    Managed{"cluster-announce-port", "use port"},
    Managed{"cluster-announce-tls-port", "use port"},
    Managed{"cluster-config-file", "autocache decides where the cluster's state is kept"},
    Managed{"cluster-enabled", "every AutoCache is a cluster"},
    Managed{"cluster-port", "use clusterPort"},
    Managed{"daemonize", "the server runs in the foreground of its container"},
    Managed{"databases", "use config.databases"},
    Managed{"dir", "use storage"},
    Managed{"include", "write the directives themselves into config.custom"},
    Managed{"logfile", "the server logs to its standard output, where Kubernetes collects it"},
    Managed{"maxmemory", "use config.maxMemory"},
    Managed{"maxmemory-policy", "use config.maxMemoryPolicy"},
    Managed{"pidfile", "the server is the first process of its container"},
    Managed{"port", "use port"},
    Managed{"primaryauth", "use auth"},
    Managed{"primaryuser", "use auth"},
    Managed{"masterauth", "use auth"},
    Managed{"masteruser", "use auth"},
    Managed{"protected-mode", "a password protects the cluster: use auth"},
    Managed{"replica-announce-ip", "each Pod announces its own address"},
    Managed{"replica-announce-port", "use port"},
    Managed{"replicaof", "use replicasPerShard"},
    Managed{"requirepass", "use auth"},
    Managed{"save", "use storage.persistenceMode"},
    Managed{"supervised", "Kubernetes supervises the server"},
    Managed{"tls-cluster", "autocache has no TLS in this version"},
    Managed{"tls-port", "autocache has no TLS in this version"},
    Managed{"tls-replication", "autocache has no TLS in this version"},
    Managed{"unixsocket", "clients in other Pods cannot reach it; use port"},
    Managed{"user", "use auth"},
};

/// What the hook sends to servers; renamed, it could not work.
constexpr std::array<std::string_view, 18> kHookCommands{
    "asking", "auth", "client", "cluster", "config",  "dbsize", "debug",     "del",     "function",
    "get",    "info", "keys",   "migrate", "pexpire", "ping",   "replicaof", "restore", "wait"};

std::string pointer_of(std::string_view name) {
  return pointer_join("/spec/config/custom", name);
}

/// What is before "=" and after it on one line of the file.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

/// True if name and value make exactly one line of a configuration file.
bool check_text(const RuleContext& context, const std::string& name, std::string_view value) {
  if (!is_name(name)) {
    context.error(code::kDirectiveText, pointer_of(name), "is no name of a directive",
                  "names have letters, digits, -, _ and .");
    return false;
  }
  const auto bad = std::find_if(value.begin(), value.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t';
  });
  if (bad != value.end()) {
    const std::string what = *bad == '\n'   ? "a line break"
                             : *bad == '\0' ? "a NUL character"
                                            : "a control character";
    context.error(code::kDirectiveText, pointer_of(name),
                  "has " + what + ", which would start another directive or end the file",
                  "write one directive an entry; inside double quotes the server reads \\n");
    return false;
  }
  const auto arguments = directives::split_arguments(value);
  // An empty value is an empty argument, "", but blanks are none.
  if (!arguments || (arguments->empty() && !value.empty())) {
    context.error(code::kDirectiveText, pointer_of(name),
                  arguments ? "has no value" : "has quotes that do not match",
                  arguments ? "write \"\" for an empty value" : "");
    return false;
  }
  return true;
}

void check_rename(const RuleContext& context, const std::string& name, std::string_view value) {
  const auto arguments = directives::split_arguments(value);
  if (!arguments || arguments->empty()) {
    return;
  }
  const auto command = to_lower(arguments->front());
  if (std::find(kHookCommands.begin(), kHookCommands.end(), command) != kHookCommands.end()) {
    context.error(code::kCommandRenamed, pointer_of(name),
                  "renames " + in_quotes(arguments->front()) + ", which the hook needs");
  }
}

void check_known(const RuleContext& context,
                 const Server& server,
                 const std::string& name,
                 std::string_view value) {
  const auto release = std::string(directives::to_string(server.engine)) + " " +
                       std::to_string(server.version.major) + "." +
                       std::to_string(server.version.minor);
  const auto lower = to_lower(name);
  const auto* known = directives::find(server.engine, server.version, lower);
  if (known != nullptr) {
    if (known->cls == directives::Class::kIgnored) {
      context.warning(code::kNoEffect, pointer_of(name), release + " ignores this directive");
    }
    if (directives::is_malformed(*known, value)) {
      context.error(code::kDirectiveValue, pointer_of(name),
                    in_quotes(value) + " is no value of this directive",
                    known->default_value.empty()
                        ? ""
                        : "the default is " + std::string(known->default_value));
    }
    return;
  }
  if (lower.find('.') != std::string::npos) {
    return;  // of a module, which no table knows
  }
  std::vector<std::string_view> names;
  for (const auto& row : directives::table()) {
    if (directives::find(server.engine, server.version, row.name) != nullptr) {
      names.push_back(row.name);
    }
  }
  const auto near = closest(lower, names);
  context.warning(code::kDirectiveUnknown, pointer_of(name),
                  release + " has no such directive, and would not start if no module has it",
                  near ? "did you mean \"" + std::string(*near) + "\"?" : "");
}

}  // namespace

void check_config(const RuleContext& context) {
  const auto& spec = context.spec();
  const auto& custom = get(spec, {"config", "custom"});
  if (!custom.is_object()) {
    return;
  }
  const auto server = server_of(spec);
  std::map<std::string, std::string> seen;
  for (const auto& entry : custom.items()) {
    const auto& name = entry.key();
    const auto value = get_text(custom, {name});
    if (!check_text(context, name, value)) {
      continue;
    }
    const auto canonical = directives::canonical_name(name);
    const auto [first, is_new] = seen.emplace(canonical, name);
    if (!is_new) {
      context.error(code::kDirectiveTwice, pointer_of(name),
                    "is the same directive as " + in_quotes(first->second));
      continue;
    }
    const auto* managed = std::find_if(kManaged.begin(), kManaged.end(), [&](const Managed& row) {
      return row.name == canonical || row.name == to_lower(name);
    });
    if (managed != kManaged.end()) {
      context.error(code::kDirectiveManaged, pointer_of(name), "is managed by autocache",
                    std::string(managed->instead));
    } else if (!has(spec, {"engine"})) {
      continue;
    } else if (server.engine == Engine::kAutocache) {
      context.warning(code::kNoEffect, pointer_of(name),
                      "has no effect: engine autocache reads no such directive from its file");
    } else if (canonical == "rename-command") {
      check_rename(context, name, value);
    } else {
      check_known(context, server, name, value);
    }
  }
}

}  // namespace autocache::spec
