#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace autocache {

/// Bytes of a memory size as the server's configuration writes it (redis src/util.c memtoull):
/// digits and an optional unit b, k, kb, m, mb, g, gb in any case, where k is 1000 and kb is 1024.
/// Nothing if it is not one or exceeds int64.
std::optional<std::int64_t> parse_memory_size(std::string_view text);

}  // namespace autocache
