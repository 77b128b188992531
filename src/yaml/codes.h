#pragma once

// The diagnostics of the YAML reader: every code with its one-line meaning, for the documentation.

#include <array>
#include <string_view>

namespace autocache::yaml {

/// A stable diagnostic code and what it means.
struct Code {
  std::string_view code;
  std::string_view summary;
};

inline constexpr Code kTooLarge{"AC0101", "the input is larger than the limit"};
inline constexpr Code kNotUtf8{"AC0102", "the input is not UTF-8"};
inline constexpr Code kControlCharacter{"AC0103", "a control character stands in the text"};
inline constexpr Code kSyntax{"AC0104", "the text is not well-formed YAML"};
inline constexpr Code kTooDeep{"AC0105", "values are nested too deeply"};
inline constexpr Code kTooManyValues{"AC0106", "the input has too many values"};
inline constexpr Code kAliasBomb{"AC0107", "aliases expand to too much"};
inline constexpr Code kUnknownAlias{"AC0108", "an alias names no anchor"};
inline constexpr Code kAliasToItself{"AC0109", "an alias stands inside of its own anchor"};
inline constexpr Code kDuplicateKey{"AC0110", "a mapping has the same key twice"};
inline constexpr Code kKeyNotScalar{"AC0111", "a key is a list or a mapping"};
inline constexpr Code kNullKey{"AC0112", "a key is null"};
inline constexpr Code kUnsupportedTag{"AC0113", "a tag is not one of the core tags"};
inline constexpr Code kTagMismatch{"AC0114", "a value does not fit its tag"};
inline constexpr Code kBadMerge{"AC0115", "a merge key does not name mappings"};
inline constexpr Code kKeyBeforeMerge{"AC0116", "kubectl lets a later merge replace this key"};
inline constexpr Code kTextAfterSeparator{"AC0117", "text stands on the line of `---`"};
inline constexpr Code kTooManyProblems{"AC0118", "more problems than are shown"};

/// All of them, in the order of their codes.
inline constexpr std::array kCodes{kTooLarge,
                                   kNotUtf8,
                                   kControlCharacter,
                                   kSyntax,
                                   kTooDeep,
                                   kTooManyValues,
                                   kAliasBomb,
                                   kUnknownAlias,
                                   kAliasToItself,
                                   kDuplicateKey,
                                   kKeyNotScalar,
                                   kNullKey,
                                   kUnsupportedTag,
                                   kTagMismatch,
                                   kBadMerge,
                                   kKeyBeforeMerge,
                                   kTextAfterSeparator,

                                   kTooManyProblems};

}  // namespace autocache::yaml
