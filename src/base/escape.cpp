#include "base/escape.h"

namespace autocache {

std::string escape_xml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '\t':
      case '\n':
      case '\r':
        out += "&#" + std::to_string(static_cast<int>(c)) + ';';
        break;
      default:
        static_cast<unsigned char>(c) < 0x20U ? out += "\xEF\xBF\xBD" : out += c;
    }
  }
  return out;
}

}  // namespace autocache
