#include "runtime-hook/copy_value.h"

#include "base/json.h"
#include "base/number.h"
#include "base/text.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace autocache::hook {
namespace {

bool all_utf8(const std::vector<Reply>& members) {
  return std::all_of(members.begin(), members.end(),
                     [](const Reply& member) { return is_utf8(member.text); });
}

std::optional<double> parse_score(const std::string& text) {
  const auto score = parse_number<double>(text);
  return score && std::isfinite(*score) ? score : std::nullopt;
}

}  // namespace

std::uint64_t CopiedKey::digest() const {
  const std::hash<std::string_view> hash;
  const auto kind = static_cast<std::uint64_t>(type) * 2 + (ttl > 0 ? 1 : 0);
  return hash(payload) * 31 + kind;
}

std::optional<CopyType> parse_copy_type(std::string_view word) {
  constexpr std::pair<std::string_view, CopyType> kTypes[] = {{"string", CopyType::kString},
                                                              {"list", CopyType::kList},
                                                              {"set", CopyType::kSet},
                                                              {"zset", CopyType::kSortedSet},
                                                              {"hash", CopyType::kHash}};
  for (const auto& [name, type] : kTypes) {
    if (name == word) {
      return type;
    }
  }
  return std::nullopt;
}

Argv read_command(CopyType type, const std::string& key) {
  switch (type) {
    case CopyType::kString:
      return {"GET", key};
    case CopyType::kList:
      return {"LRANGE", key, "0", "-1"};
    case CopyType::kSet:
      return {"SMEMBERS", key};
    case CopyType::kSortedSet:
      return {"ZRANGE", key, "0", "-1"};
    case CopyType::kHash:
      return {"HGETALL", key};
  }
  return {};
}

tl::expected<std::string, std::string> restore_payload(CopyType type,
                                                       const Reply& value,
                                                       const std::vector<std::string>& scores) {
  std::string payload(1, static_cast<char>(type));
  if (type == CopyType::kString) {
    return payload + value.text;
  }
  if (!all_utf8(value.elements)) {
    return tl::unexpected(std::string("it has members that are not UTF-8"));
  }
  Json json = type == CopyType::kHash ? Json::object() : Json::array();
  for (std::size_t i = 0; i < value.elements.size(); ++i) {
    const std::string& text = value.elements[i].text;
    if (type == CopyType::kSortedSet) {
      const auto score = i < scores.size() ? parse_score(scores[i]) : std::nullopt;
      if (!score) {
        return tl::unexpected(std::string("it has a score that is not a finite number"));
      }
      json.push_back({{"Score", *score}, {"Member", text}});
    } else if (type != CopyType::kHash) {
      json.push_back(text);
    } else if (i % 2 == 1) {
      json[value.elements[i - 1].text] = text;
    }
  }
  if (type == CopyType::kSet || type == CopyType::kSortedSet) {
    // The server lists members in any order; equal sets have equal digests.
    std::sort(json.begin(), json.end(), [type](const Json& a, const Json& b) {
      return type == CopyType::kSet ? a < b : a["Member"] < b["Member"];
    });
  }
  return payload + json.dump();
}

Argv restore_command(const CopiedKey& key, OnExisting existing) {
  Argv argv{"RESTORE", key.key, std::to_string(key.ttl), key.payload};
  if (existing == OnExisting::kReplace) {
    argv.emplace_back("REPLACE");
  }
  return argv;
}

Argv discard_command(const std::string& key) {
  return {"RESTORE", key, "1", std::string(1, static_cast<char>(CopyType::kString)), "REPLACE"};
}

}  // namespace autocache::hook
