#include "runtime-hook/options.h"

#include "base/duration.h"
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace autocache::hook {
namespace {

using Problem = std::string;

/// One option: how it is written, what it does, and how it is stored.
struct OptionInfo {
  std::string_view name;
  /// What stands for the value in the help text; empty for a switch.
  std::string_view value;
  std::string_view help;
  /// Stores the value; returns what is wrong with it, or nothing.
  std::function<Problem(Options&, std::string_view)> store;
};

OptionInfo text(std::string_view name,
                std::string_view value,
                std::string_view help,
                std::string Options::*member) {
  return {name, value, help, [member](Options& options, std::string_view given) {
            options.*member = given;
            return Problem();
          }};
}

OptionInfo flag(std::string_view name, std::string_view help, bool Options::*member) {
  return {name, "", help, [member](Options& options, std::string_view) {
            options.*member = true;
            return Problem();
          }};
}

/// "90s", "500ms", "2m", or a plain number of seconds.
std::optional<std::chrono::milliseconds> parse_time(std::string_view given) {
  const bool plain = !given.empty() && std::all_of(given.begin(), given.end(),
                                                   [](char c) { return c >= '0' && c <= '9'; });
  const auto duration = parse_duration(plain ? std::string(given) + "s" : std::string(given));
  if (!duration) {
    return std::nullopt;
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(*duration);
}

template <class T>
OptionInfo time(std::string_view name, std::string_view help, T Options::*member) {
  return {name, "TIME", help, [name, member](Options& options, std::string_view given) {
            const auto parsed = parse_time(given);
            if (!parsed) {
              return fmt::format("--{}: {} is no time (90s, 500ms, 2m)", name, given);
            }
            options.*member = *parsed;
            return Problem();
          }};
}

const std::vector<OptionInfo>& option_infos() {
  static const std::vector<OptionInfo> kOptions{
      text("desired", "FILE|JSON",
           "the desired state: a file, or the JSON itself (default: AUTOCACHE_DESIRED)",
           &Options::desired),
      flag("dry-run", "print the steps as JSON lines, change nothing", &Options::dry_run),
      flag("fast", "move slots as fast as the servers can; clients feel it (maintenance windows)",
           &Options::fast),
      flag("accept-data-loss", "give up data that may still exist somewhere; never use it in a Job",
           &Options::accept_data_loss),
      time("lock-timeout", "how long to wait for another hook (default 60s)",
           &Options::lock_timeout),
      time("timeout",
           "how long the whole run may take (default: timeoutSeconds of the desired state)",
           &Options::timeout),
      text("metrics-file", "FILE", "write metrics in the Prometheus text format there at the end",
           &Options::metrics_file),
      {"log", "json|text", "how to log (default: text on a terminal, else json)",
       [](Options& options, std::string_view given) {
         if (given != "json" && given != "text") {
           return fmt::format("--log: {} is neither json nor text", given);
         }
         options.log = given == "json" ? LogFormat::kJson : LogFormat::kText;
         return Problem();
       }},
      {"output", "text|json", "what to print (default text; -o is short for it)",
       [](Options& options, std::string_view given) {
         if (given != "json" && given != "text") {
           return fmt::format("--output: {} is neither text nor json", given);
         }
         options.output = given == "json" ? OutputFormat::kJson : OutputFormat::kText;
         return Problem();
       }},
      flag("status",
           "write the status of the AutoCache resource (needs its ServiceAccount's token)",
           &Options::status),
      flag("watch", "show it again and again, in place", &Options::watch),
      time("interval", "pause between two looks with --watch (default 2s)", &Options::interval),
      text("node", "ADDRESS", "the server: host:port, [IPv6]:port", &Options::node),
      text("peers", "ADDRESS",
           "the headless Service: a server that has just started is led to the nodes there",
           &Options::peers),
      text("in", "FILE", "the configuration as mounted", &Options::in),
      text("out", "FILE", "where to write the final configuration", &Options::out),
      text("install", "FILE", "where to copy this program, for probes in the server's container",
           &Options::install),
      text("password-file", "FILE", "a file with the password (default: AUTOCACHE_PASSWORD_FILE)",
           &Options::password_file),
      text("username", "NAME", "ACL user that the password belongs to", &Options::username),
      text("tls-ca", "FILE",
           "speak TLS, with a server whose certificate this file (PEM) vouches for",
           &Options::tls_ca_file),
      flag("verbose", "log details", &Options::verbose),
      flag("help", "show this text", &Options::help),
  };
  return kOptions;
}

const OptionInfo* find_option(std::string_view name) {
  const auto& all = option_infos();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const OptionInfo& info) { return info.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
  const auto near = closest(word, candidates);
  return near ? fmt::format(", did you mean {}?", *near) : std::string();
}

bool takes(const CommandInfo& command, std::string_view option) {
  return option == "help" ||
         std::find(command.options.begin(), command.options.end(), option) != command.options.end();
}

}  // namespace

const std::vector<CommandInfo>& commands() {
  static const std::vector<std::string_view> kCluster{
      "desired",      "dry-run", "fast",    "accept-data-loss", "lock-timeout",
      "metrics-file", "log",     "timeout", "verbose",          "status"};
  static const std::vector<CommandInfo> kCommands{
      {"sync", "bring the cluster to its desired state", "sync --desired FILE|JSON", kCluster,
       "Waits for the nodes, joins them, assigns slots, attaches replicas, moves as few slots as "
       "possible, applies\n"
       "live configuration and verifies all of it. With nothing to do it sends no command that "
       "changes anything.",
       "  autocache-hook sync --desired desired.json\n"
       "  autocache-hook sync --desired desired.json --dry-run\n"
       "  autocache-hook sync --desired desired.json --fast --metrics-file /tmp/hook.prom"},
      {"gate", "empty the nodes that are about to be removed", "gate --desired FILE|JSON", kCluster,
       "Moves the slots of surplus nodes to the rest, verifies that they hold no slot and no key, "
       "and makes every\n"
       "node forget them. Does nothing on a first install. Fails, and so stops the sync, if the "
       "rest has no room.",
       "  autocache-hook gate --desired desired.json"},
      {"heal", "repair what broke, move nothing else", "heal --desired FILE|JSON", kCluster,
       "Repairs changed addresses, vanished node IDs, open and uncovered slots, slots with two "
       "owners, replicas of\n"
       "nobody, missing replicas. Never drains, never rebalances. Stops with exit code 3 where "
       "data could be lost.",
       "  autocache-hook heal --desired desired.json\n"
       "  autocache-hook heal --desired desired.json --dry-run"},
      {"tier",
       "apply and verify the live configuration of the tiers",
       "tier --desired FILE|JSON",
       {"desired", "dry-run", "metrics-file", "log", "timeout", "verbose"},
       "Sets memory limit, eviction policy and the other live directives on every node and reads "
       "them back. Names\n"
       "what the server cannot change while it runs.",
       "  autocache-hook tier --desired desired.json"},
      {"status",
       "show the cluster",
       "status --desired FILE|JSON [-o json] [--watch]",
       {"desired", "output", "watch", "interval", "timeout"},
       "Nodes, roles, slots, keys, memory, replication lag, open slots, balance and problems.",
       "  autocache-hook status --desired desired.json\n"
       "  autocache-hook status --desired desired.json -o json\n"
       "  autocache-hook status --desired desired.json --watch"},
      {"prepare",
       "write the server's final configuration",
       "prepare --in FILE --out FILE",
       {"in", "out", "install", "password-file", "username"},
       "Includes the mounted configuration and adds what only the Pod knows: its address (POD_IP) "
       "and the password.",
       "  autocache-hook prepare --in /etc/autocache/autocache.conf --out "
       "/run/autocache/autocache.conf"},
      {"probe",
       "tell whether a server lives, or is ready",
       "probe liveness|readiness --node ADDRESS",
       {"node", "peers", "password-file", "username", "tls-ca", "timeout"},
       "liveness: it answers, even if only that it loads its data. readiness: it serves, and as a "
       "replica its link\n"
       "is up. With --peers, a server that started less than 30 s ago and finds no working cluster "
       "is "
       "introduced to\n"
       "the nodes at that address that are in its own table, or whose cluster it is new to, and is "
       "ready once the\n"
       "cluster serves; later, readiness is the server's own affair again.",
       "  autocache-hook probe readiness --node 127.0.0.1:6379\n"
       "  autocache-hook probe readiness --node 127.0.0.1:6379 --peers "
       "cache-headless:6379@16379"},
      {"prestop",
       "hand a primary's role over before its Pod stops",
       "prestop --node ADDRESS",
       {"node", "password-file", "username", "tls-ca", "timeout", "log"},
       "Fails over to the replica that is most caught up and waits until it is the primary. Does "
       "nothing on a replica\n"
       "and on a primary without replicas.",
       "  autocache-hook prestop --node 127.0.0.1:6379 --timeout 25s"},
      {"version", "print the version", "version", {}, "", "  autocache-hook version"},
  };
  return kCommands;
}

const CommandInfo* find_command(std::string_view name) {
  const auto& all = commands();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const CommandInfo& info) { return info.name == name; });
  return found == all.end() ? nullptr : &*found;
}

tl::expected<Options, std::string> parse_options(std::span<const std::string> arguments) {
  Options options;
  const CommandInfo* command = nullptr;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view argument = arguments[i];
    if (argument == "-h") {
      argument = "--help";
    } else if (argument == "-o") {
      argument = "--output";
    } else if (argument == "--version" && i == 0) {
      argument = "version";
    }
    if (!argument.starts_with("--")) {
      if (command != nullptr) {
        options.words.emplace_back(argument);
        continue;
      }
      command = find_command(argument);
      if (command == nullptr && argument != "help") {
        std::vector<std::string_view> names;
        std::transform(commands().begin(), commands().end(), std::back_inserter(names),
                       [](const CommandInfo& info) { return info.name; });
        return tl::unexpected(
            fmt::format("unknown command {}{}", argument, suggestion(argument, names)));
      }
      options.command = argument;
      options.help = options.help || argument == "help";
      continue;
    }
    const auto equals = argument.find('=');
    const std::string_view name =
        argument.substr(2, equals == std::string_view::npos ? equals : equals - 2);
    const OptionInfo* info = find_option(name);
    if (info == nullptr || (command != nullptr && !takes(*command, name)) ||
        (command == nullptr && name != "help")) {
      const std::vector<std::string_view> known =
          command != nullptr ? command->options : std::vector<std::string_view>{};
      return tl::unexpected(fmt::format("unknown option --{}{}", name, suggestion(name, known)));
    }
    std::string_view value;
    if (equals != std::string_view::npos && !info->value.empty()) {
      value = argument.substr(equals + 1);
    } else if (equals != std::string_view::npos) {
      return tl::unexpected(fmt::format("--{} takes no value", name));
    } else if (!info->value.empty()) {
      if (++i == arguments.size()) {
        return tl::unexpected(fmt::format("--{} needs a value", name));
      }
      value = arguments[i];
    }
    if (Problem problem = info->store(options, value); !problem.empty()) {
      return tl::unexpected(std::move(problem));
    }
  }
  if (options.command.empty() && !options.help) {
    return tl::unexpected(std::string("a command is missing"));
  }
  return options;
}

std::string help_text(std::string_view name) {
  const CommandInfo* command = find_command(name);
  std::string result;
  if (command == nullptr) {
    result =
        "Forms, grows, shrinks and heals a Redis, Valkey or AutoCache cluster without losing a "
        "key.\n\n"
        "usage: autocache-hook COMMAND [OPTION...]\n\ncommands:\n";
    for (const CommandInfo& info : commands()) {
      result += fmt::format("  {:<9} {}\n", info.name, info.summary);
    }
    return result +
           "\nexit codes: 0 done, 1 failed and safe to repeat, 2 wrong usage, 3 refused: a person "
           "must look,\n"
           "            4 another hook works on this cluster\n\n"
           "autocache-hook COMMAND --help tells more.\n";
  }
  result = fmt::format("usage: autocache-hook {}\n\n", command->usage);
  result += command->details.empty() ? std::string(command->summary) + ".\n"
                                     : std::string(command->details) + "\n";
  if (!command->options.empty()) {
    result += "\noptions:\n";
    for (const OptionInfo& info : option_infos()) {
      if (takes(*command, info.name)) {
        const std::string left = info.value.empty() ? fmt::format("--{}", info.name)
                                                    : fmt::format("--{} {}", info.name, info.value);
        result += fmt::format("  {:<22} {}\n", left, info.help);
      }
    }
  }
  return result + fmt::format("\nexamples:\n{}\n", command->examples);
}

}  // namespace autocache::hook
