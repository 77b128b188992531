#include "base/memory_size.h"
#include "base/number.h"
#include "base/text.h"
#include "directives/config_text.h"
#include "directives/directives.h"

#include <algorithm>
#include <array>
#include <vector>

namespace autocache::directives {
namespace {

bool is_integer(std::string_view text) {
  return parse_number<std::int64_t>(text).has_value();
}

bool is_octal(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '7'; });
}

bool is_percent(std::string_view text) {
  return text.size() > 1 && text.back() == '%' && is_integer(text.substr(0, text.size() - 1)) &&
         text.front() != '-';
}

std::string memory(std::string_view text) {
  if (const auto bytes = parse_memory_size(text)) return std::to_string(*bytes);
  return std::string(text);
}

/// One class of client-output-buffer-limit: name, hard limit, soft limit, seconds.
using Limit = std::array<std::string, 4>;

/// Nothing unless `arguments` are whole classes with sizes and seconds.
std::optional<std::vector<Limit>> read_limits(std::span<const std::string> arguments) {
  if (arguments.empty() || arguments.size() % 4 != 0) return std::nullopt;
  std::vector<Limit> limits;
  for (std::size_t i = 0; i < arguments.size(); i += 4) {
    Limit limit{to_lower(arguments[i]), memory(arguments[i + 1]), memory(arguments[i + 2]),
                arguments[i + 3]};
    if (limit[0] == "slave") limit[0] = "replica";
    const bool known = limit[0] == "normal" || limit[0] == "replica" || limit[0] == "pubsub";
    if (!known || !parse_memory_size(arguments[i + 1]) || !parse_memory_size(arguments[i + 2]) ||
        !is_integer(limit[3])) {
      return std::nullopt;
    }
    limits.push_back(std::move(limit));
  }
  return limits;
}

std::string output_limits(const Directive& directive, std::span<const std::string> arguments) {
  const auto given = read_limits(arguments);
  const auto base_arguments = split_arguments(directive.default_value);
  if (!given || !base_arguments) return join(arguments, " ");
  auto limits = read_limits(*base_arguments);
  if (!limits) return join(arguments, " ");
  for (const Limit& one : *given) {
    for (Limit& limit : *limits) {
      if (limit[0] == one[0]) limit = one;
    }
  }
  std::vector<std::string> words;
  for (const Limit& limit : *limits) words.insert(words.end(), limit.begin(), limit.end());
  return join(words, " ");
}

/// The letters of notify-keyspace-events in one order; A stands for all of the first ten (redis
/// src/notify.c).
std::string event_flags(std::string_view text) {
  constexpr std::string_view kAll = "g$lshzxetd";
  constexpr std::string_view kOthers = "KEmn";
  const auto has = [text](char c) { return text.find(c) != std::string_view::npos; };
  std::string out;
  for (const char c : kAll) {
    if (has(c) || has('A')) out += c;
  }
  if (out == kAll) out = "A";
  for (const char c : kOthers) {
    if (has(c)) out += c;
  }
  return out;
}

}  // namespace

std::string canonical_value(const Directive& directive, std::span<const std::string> arguments) {
  const std::string_view single = arguments.size() == 1 ? std::string_view(arguments.front()) : "";
  switch (directive.kind) {
    case Kind::kBool:
    case Kind::kEnum:
      return to_lower(join(arguments, " "));
    case Kind::kMemory:
    case Kind::kMemoryOrPercent:
      return arguments.size() == 1 ? memory(single) : join(arguments, " ");
    case Kind::kOctal: {
      if (!is_octal(single)) return join(arguments, " ");
      const std::size_t start = std::min(single.find_first_not_of('0'), single.size() - 1);
      return std::string(single.substr(start));
    }
    case Kind::kOutputLimits:
      return output_limits(directive, arguments);
    case Kind::kEventFlags:
      return arguments.size() <= 1 ? event_flags(single) : join(arguments, " ");
    case Kind::kLines: {
      std::vector<std::string> quoted;
      for (const std::string& argument : arguments) quoted.push_back(quote_argument(argument));
      return join(quoted, " ");
    }
    case Kind::kInt:
    case Kind::kString:
    case Kind::kList:
      return join(arguments, " ");
  }
  return {};
}

std::string canonical_value(const Directive& directive, std::string_view value) {
  const bool several = directive.kind == Kind::kList || directive.kind == Kind::kOutputLimits ||
                       directive.kind == Kind::kLines;
  if (several) {
    if (const auto arguments = split_arguments(value))
      return canonical_value(directive, *arguments);
  }
  const std::string single(several ? value : trim(value));
  return canonical_value(directive, std::span(&single, 1));
}

bool is_malformed(const Directive& directive, std::string_view value) {
  const std::string_view text = trim(value);
  switch (directive.kind) {
    case Kind::kBool: {
      const std::string lower = to_lower(text);
      return lower != "yes" && lower != "no";
    }
    case Kind::kInt:
      return !is_integer(text);
    case Kind::kOctal:
      return !is_octal(text);
    case Kind::kMemory:
      // A signed size means "as another directive says" (slot-migration-max-failover-repl-bytes
      // -1).
      return !parse_memory_size(text) && !is_integer(text);
    case Kind::kMemoryOrPercent:
      return !parse_memory_size(text) && !is_percent(text);
    case Kind::kOutputLimits: {
      const auto arguments = split_arguments(text);
      return !arguments || !read_limits(*arguments);
    }
    case Kind::kEventFlags:
      return text.find_first_not_of("g$lshzxetdKEmnA") != std::string_view::npos;
    case Kind::kList:
    case Kind::kLines:
      return !split_arguments(text).has_value();
    case Kind::kEnum:
    case Kind::kString:
      return false;
  }
  return false;
}

}  // namespace autocache::directives
