#pragma once

// Text inside of XML and HTML documents.

#include <string>
#include <string_view>

namespace autocache {

/// `text` as character data or an attribute of XML and HTML: line ends and tabs as references, so
/// that attributes keep them; characters that XML 1.0 has no form for become U+FFFD.
std::string escape_xml(std::string_view text);

}  // namespace autocache
