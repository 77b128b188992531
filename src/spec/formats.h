#pragma once

// What the formats of the schema language mean. One text in, one problem out.

#include "spec/schema.h"

#include <optional>
#include <string>
#include <string_view>

namespace autocache::spec {

struct FormatProblem {
  std::string_view code;
  std::string message;
  std::string hint;
};

/// Why `text` is not of this format; nothing if it is.
std::optional<FormatProblem> check_format(Format format, std::string_view text);

/// True for an RFC 1123 label: lower-case letters, digits and `-` inside, at most 63 characters.
bool is_dns_label(std::string_view text);

/// True for RFC 1123 labels joined by dots, at most 253 characters.
bool is_dns_subdomain(std::string_view text);

}  // namespace autocache::spec
