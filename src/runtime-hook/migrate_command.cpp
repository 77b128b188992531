#include "runtime-hook/migrate_command.h"

#include <algorithm>
#include <iterator>

namespace autocache::hook {

Argv migrate_command(const MoveNode& to,
                     std::span<const std::string> keys,
                     const MoveOptions& options,
                     OnConflict conflict,
                     int patience) {
  const auto timeout =
      std::max(std::chrono::milliseconds(500), options.node_timeout / 3) * patience;
  Argv argv{"MIGRATE", to.address, std::to_string(to.endpoint.port),
            "",        "0",        std::to_string(timeout.count())};
  if (conflict == OnConflict::kReplace) {
    argv.emplace_back("REPLACE");
  }
  if (!options.password.empty() && options.username.empty()) {
    argv.insert(argv.end(), {"AUTH", options.password});
  } else if (!options.password.empty()) {
    argv.insert(argv.end(), {"AUTH2", options.username, options.password});
  }
  argv.emplace_back("KEYS");
  argv.insert(argv.end(), keys.begin(), keys.end());
  return argv;
}

bool is_permanent_error(std::string_view error) {
  constexpr std::string_view kPermanent[] = {"OOM",       "NOPERM",          "NOAUTH",
                                             "WRONGPASS", "Bad data format", "DUMP payload"};
  return std::any_of(std::begin(kPermanent), std::end(kPermanent), [&](std::string_view word) {
    return error.find(word) != std::string_view::npos;
  });
}

}  // namespace autocache::hook
