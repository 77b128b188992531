#pragma once

// Json to canonical YAML that YAML 1.1 and 1.2 readers read alike (reference: docs/yaml.md). Our
// own writer, because the emitters at hand write the strings `yes`, `1e3` or `012` bare.

#include "base/json_fwd.h"

#include <string>
#include <string_view>

namespace autocache::yaml {

/// Appends `value` as one YAML document without `---`: two-space indent, block style, `{}` and `[]`
/// for empty ones, members in their order, ending in a newline. Strings must be well-formed UTF-8.
void write(const Json& value, std::string& out);

/// True if `text` needs no quotes anywhere (value or key) for any reader.
bool is_plain_safe(std::string_view text);

/// Appends `text` as a scalar on one line: bare where that is safe, else double-quoted.
void write_scalar(std::string_view text, std::string& out);

}  // namespace autocache::yaml
