#pragma once

// One key of an AutoCache server as data. That server has no DUMP; what RESTORE takes is a type
// byte and the raw string, or JSON for the other types (reference/redis.md 2.2, row 24). Pure.

#include "runtime-hook/transport.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autocache::hook {

/// The types of the server; the values are its type bytes.
enum class CopyType : char { kString = 0, kList = 1, kSet = 2, kSortedSet = 3, kHash = 4 };

/// A key with all that RESTORE needs.
struct CopiedKey {
  std::string key;
  CopyType type = CopyType::kString;
  /// Milliseconds to live; 0: for ever.
  std::int64_t ttl = 0;
  std::string payload;

  /// Equal for equal values: type, content, and whether there is a time to live.
  [[nodiscard]] std::uint64_t digest() const;
};

/// The type that TYPE names; nothing for "none" and for what the server does not have.
std::optional<CopyType> parse_copy_type(std::string_view word);

/// The command that reads all of `key`. A sorted set's scores have to be asked for one by one.
Argv read_command(CopyType type, const std::string& key);

/// What RESTORE takes for the answer to read_command(); `scores` are the answers to ZSCORE in the
/// order of the members. An error, as text, for members that are not UTF-8 (the server's JSON would
/// change them) and for scores that JSON has no number for.
tl::expected<std::string, std::string> restore_payload(CopyType type,
                                                       const Reply& value,
                                                       const std::vector<std::string>& scores);

/// RESTORE of `key`; with `replace` what is there is overwritten, else the answer is BUSYKEY.
enum class OnExisting { kReplace, kKeep };
Argv restore_command(const CopiedKey& key, OnExisting existing);

/// Deletes `key` where the server does not own its slot, so that DEL would be redirected: a value
/// that lives for a millisecond.
Argv discard_command(const std::string& key);

}  // namespace autocache::hook
