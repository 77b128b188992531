#include "spec/formats.h"

#include "base/duration.h"
#include "base/memory_size.h"
#include "base/number.h"
#include "base/quantity.h"
#include "base/text.h"
#include "spec/codes.h"
#include "spec/say.h"

#include <algorithm>
#include <array>
#include <vector>

namespace autocache::spec {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_alnum(char c) {
  return is_digit(c) || is_lower(c) || is_upper(c);
}
bool is_lower_alnum(char c) {
  return is_digit(c) || is_lower(c);
}

/// Text that starts and ends with a letter or digit, with `inside` characters between.
bool is_name(std::string_view text, std::size_t most, std::string_view inside) {
  return !text.empty() && text.size() <= most && is_alnum(text.front()) && is_alnum(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return is_alnum(c) || inside.find(c) != std::string_view::npos;
         });
}

std::optional<FormatProblem> quantity(std::string_view text) {
  if (Quantity::parse(text)) {
    return std::nullopt;
  }
  // "1 gb", "512MB", "2gib": the unit that was probably meant.
  std::string number;
  std::string unit;
  for (const char c : text) {
    if (is_digit(c) || c == '.') {
      number += c;
    } else if (c != ' ') {
      unit += c;
    }
  }
  std::string meant = to_lower(unit);
  if (meant.ends_with("ib") || (meant.size() == 2 && meant.back() == 'b')) {
    meant.pop_back();
  }
  if (!meant.empty() && meant.back() == 'i') {
    meant.pop_back();
  }
  std::string hint =
      "units are m, k, M, G, T, P, E (powers of 1000) and Ki, Mi, Gi, Ti, Pi, Ei (of 1024)";
  for (const std::string_view prefix : {"k", "m", "g", "t", "p", "e"}) {
    if (meant == prefix) {
      std::string fixed = number + static_cast<char>(prefix.front() - 'a' + 'A') + "i";
      if (Quantity::parse(fixed)) {
        hint = "write " + fixed;
      }
    }
  }
  return FormatProblem{code::kQuantity, in_quotes(text) + " is no quantity", std::move(hint)};
}

std::optional<FormatProblem> duration(std::string_view text) {
  if (parse_duration(text)) {
    return std::nullopt;
  }
  std::string hint = "units are ms, s, m and h, as in \"90s\" or \"1h30m\"";
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_digit)) {
    hint = "write \"" + std::string(text) + "s\" for seconds";
  }
  return FormatProblem{code::kDuration, in_quotes(text) + " is no duration", std::move(hint)};
}

std::optional<FormatProblem> memory_size(std::string_view text) {
  if (parse_memory_size(text)) {
    return std::nullopt;
  }
  std::string hint = "units are kb, mb and gb (powers of 1024), k, m and g (powers of 1000)";
  if (text.ends_with("Ki") || text.ends_with("Mi") || text.ends_with("Gi")) {
    const std::string fixed = to_lower(text.substr(0, text.size() - 1)) + "b";
    if (parse_memory_size(fixed)) {
      hint = "write " + fixed + ", in the server's own units";
    }
  } else if (text.ends_with("%")) {
    hint = "write an amount, as in 768mb";
  }
  return FormatProblem{code::kMemorySize, in_quotes(text) + " is no memory size", std::move(hint)};
}

FormatProblem dns_problem(std::string_view text, std::size_t most, std::string_view what) {
  std::string hint = most > 63 ? "use lower-case letters, digits, - and ."
                               : "use lower-case letters, digits and -";
  hint += ", with a letter or digit at both ends, at most " + std::to_string(most) + " characters";
  return {code::kDnsName, in_quotes(text) + " is no " + std::string(what), std::move(hint)};
}

std::optional<FormatProblem> label_key(std::string_view text) {
  const auto slash = text.find('/');
  const auto name = slash == std::string_view::npos ? text : text.substr(slash + 1);
  const bool prefix_fits =
      slash == std::string_view::npos || is_dns_subdomain(text.substr(0, slash));
  if (prefix_fits && is_name(name, 63, "-_.")) {
    return std::nullopt;
  }
  return FormatProblem{code::kLabelKey, in_quotes(text) + " is no valid key",
                       "use letters, digits, -, _ and ., with a letter or digit at both ends, at "
                       "most 63 characters, "
                       "and before it a domain and / if wanted"};
}

std::optional<FormatProblem> label_value(std::string_view text) {
  if (text.empty() || is_name(text, 63, "-_.")) {
    return std::nullopt;
  }
  return FormatProblem{code::kLabelValue, in_quotes(text) + " is no label value",
                       "use letters, digits, -, _ and ., with a letter or digit at both ends, at "
                       "most 63 characters"};
}

/// One component of an image's path: lower-case letters and digits with single `.`, one or two `_`
/// or any `-` between.
bool is_image_component(std::string_view text) {
  if (text.empty() || !is_lower_alnum(text.front()) || !is_lower_alnum(text.back())) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto start = i;
    while (i < text.size() && !is_lower_alnum(text[i])) {
      ++i;
    }
    const auto gap = text.substr(start, i - start);
    const bool fits = gap.empty() || gap == "." || gap == "_" || gap == "__" ||
                      gap.find_first_not_of('-') == std::string_view::npos;
    if (!fits) {
      return false;
    }
  }
  return true;
}

bool is_image_host(std::string_view text) {
  const auto colon = text.rfind(':');
  auto host = text;
  if (colon != std::string_view::npos && !text.ends_with(']')) {
    const auto port = text.substr(colon + 1);
    if (port.empty() || !std::all_of(port.begin(), port.end(), is_digit)) {
      return false;
    }
    host = text.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    return host.size() > 2;
  }
  const auto labels = split(host, '.');
  return std::all_of(labels.begin(), labels.end(),
                     [](std::string_view label) { return is_name(label, 63, "-"); });
}

bool is_digest(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return false;
  }
  const auto hex = text.substr(colon + 1);
  return hex.size() >= 32 && std::all_of(hex.begin(), hex.end(), [](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'f');
         });
}

/// [HOST[:PORT]/]PATH[:TAG][@DIGEST], as container runtimes read it.
bool is_image(std::string_view text) {
  if (const auto at = text.find('@'); at != std::string_view::npos) {
    if (!is_digest(text.substr(at + 1))) {
      return false;
    }
    text = text.substr(0, at);
  }
  const auto slash = text.rfind('/');
  const auto colon = text.rfind(':');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    const auto tag = text.substr(colon + 1);
    const bool fits = !tag.empty() && tag.size() <= 128 && tag.front() != '.' &&
                      tag.front() != '-' && std::all_of(tag.begin(), tag.end(), [](char c) {
                        return is_alnum(c) || c == '_' || c == '.' || c == '-';
                      });
    if (!fits) {
      return false;
    }
    text = text.substr(0, colon);
  }
  if (const auto first = text.find('/'); first != std::string_view::npos) {
    const auto host = text.substr(0, first);
    if (host == "localhost" || host.find_first_of(".:[") != std::string_view::npos ||
        std::any_of(host.begin(), host.end(), is_upper)) {
      if (!is_image_host(host)) {
        return false;
      }
      text = text.substr(first + 1);
    }
  }
  const auto components = split(text, '/');
  return std::all_of(components.begin(), components.end(), is_image_component);
}

std::optional<FormatProblem> image(std::string_view text) {
  if (is_image(text)) {
    return std::nullopt;
  }
  return FormatProblem{code::kImage, in_quotes(text) + " is no image reference",
                       "write [registry/]name[:tag][@digest], the name in lower case"};
}

struct CronField {
  std::string_view name;
  int low;
  int high;
  std::span<const std::string_view> words;  ///< names of the values from `low` on
};

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

std::optional<int> cron_value(std::string_view text, const CronField& field) {
  if (const auto value = parse_number<int>(text); value && is_digit(text.front())) {
    return value;
  }
  const auto word = std::find(field.words.begin(), field.words.end(), to_lower(text));
  if (word != field.words.end()) {
    return field.low + static_cast<int>(word - field.words.begin());
  }
  return std::nullopt;
}

/// One field of a schedule: comma-separated ranges with steps.
bool is_cron_field(std::string_view text, const CronField& field) {
  const auto parts = split(text, ',');
  return std::all_of(parts.begin(), parts.end(), [&](std::string_view part) {
    const auto slash = part.find('/');
    const auto range = part.substr(0, slash);
    if (slash != std::string_view::npos) {
      const auto step = cron_value(part.substr(slash + 1), {"", 0, 0, {}});
      if (!step || *step < 1) {
        return false;
      }
    }
    if (range == "*" || range == "?") {
      return true;
    }
    const auto dash = range.find('-');
    const auto low = cron_value(range.substr(0, dash), field);
    const auto high =
        dash == std::string_view::npos ? low : cron_value(range.substr(dash + 1), field);
    return low && high && *low >= field.low && *high <= field.high && *low <= *high;
  });
}

std::optional<FormatProblem> cron(std::string_view text) {
  constexpr std::array<CronField, 5> kFields{{{"minute", 0, 59, {}},
                                              {"hour", 0, 23, {}},
                                              {"day of month", 1, 31, {}},
                                              {"month", 1, 12, kMonths},
                                              {"day of week", 0, 6, kDays}}};
  constexpr std::array<std::string_view, 7> kWords{"@yearly", "@annually", "@monthly", "@weekly",
                                                   "@daily",  "@midnight", "@hourly"};
  if (std::find(kWords.begin(), kWords.end(), text) != kWords.end()) {
    return std::nullopt;
  }
  std::vector<std::string_view> fields;
  for (const auto field : split(text, ' ')) {
    if (!field.empty()) {
      fields.push_back(field);
    }
  }
  if (fields.size() != kFields.size()) {
    return FormatProblem{code::kCron, in_quotes(text) + " is no schedule",
                         "write five fields: minute, hour, day of month, month, day of week"};
  }
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    if (!is_cron_field(fields[i], kFields[i])) {
      return FormatProblem{code::kCron,
                           in_quotes(text) + " is no schedule: bad " +
                               std::string(kFields[i].name) + " " + in_quotes(fields[i]),
                           (fields[i] == "7" ? std::string("Sunday is 0; ") : std::string()) +
                               "values are " + std::to_string(kFields[i].low) + " to " +
                               std::to_string(kFields[i].high) +
                               ", with *, lists, ranges and steps"};
    }
  }
  return std::nullopt;
}

std::optional<FormatProblem> env_name(std::string_view text) {
  const bool fits = !text.empty() && !is_digit(text.front()) && text != "." &&
                    !text.starts_with("..") && std::all_of(text.begin(), text.end(), [](char c) {
                      return is_alnum(c) || c == '_' || c == '-' || c == '.';
                    });
  if (fits) {
    return std::nullopt;
  }
  return FormatProblem{code::kEnvName, in_quotes(text) + " is no name of an environment variable",
                       "use letters, digits, _, - and ., and no digit at the start"};
}

std::optional<FormatProblem> path(std::string_view text) {
  const auto parts = split(text, '/');
  if (text.starts_with('/') && text.find('\0') == std::string_view::npos &&
      std::find(parts.begin(), parts.end(), "..") == parts.end()) {
    return std::nullopt;
  }
  return FormatProblem{code::kPath, in_quotes(text) + " is no absolute path",
                       "start it with /, without .."};
}

}  // namespace

bool is_dns_label(std::string_view text) {
  return is_name(text, 63, "-") && std::none_of(text.begin(), text.end(), is_upper);
}

bool is_dns_subdomain(std::string_view text) {
  if (text.size() > 253) {
    return false;
  }
  const auto labels = split(text, '.');
  return std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
    return is_name(label, 253, "-") && std::none_of(label.begin(), label.end(), is_upper);
  });
}

std::optional<FormatProblem> check_format(Format format, std::string_view text) {
  switch (format) {
    case Format::kNone:
      return std::nullopt;
    case Format::kQuantity:
      return quantity(text);
    case Format::kDuration:
      return duration(text);
    case Format::kMemorySize:
      return memory_size(text);
    case Format::kDnsLabel:
      return is_dns_label(text) ? std::nullopt : std::optional(dns_problem(text, 63, "DNS label"));
    case Format::kDnsSubdomain:
      return is_dns_subdomain(text) ? std::nullopt
                                    : std::optional(dns_problem(text, 253, "DNS name"));
    case Format::kLabelKey:
      return label_key(text);
    case Format::kLabelValue:
      return label_value(text);
    case Format::kImage:
      return image(text);
    case Format::kCron:
      return cron(text);
    case Format::kEnvName:
      return env_name(text);
    case Format::kPath:
      return path(text);
  }
  return std::nullopt;
}

}  // namespace autocache::spec
