#pragma once

// Small parts of messages that many checks share.

#include "yaml/node.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace autocache::spec {

/// "a", "a and b", "a, b and c".
std::string list_of(std::span<const std::string_view> words);

/// "1 item", "3 items".
std::string count_of(std::size_t count, std::string_view noun);

/// What a value is for its reader, with its article: "an integer", "text", "a list", "null".
std::string kind_of(const yaml::Node& node);

/// `text` in double quotes, cut after 80 characters.
std::string in_quotes(std::string_view text);

}  // namespace autocache::spec
